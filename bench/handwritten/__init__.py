"""What a good engineer would write by hand for the same questions: a schema, and two statements per definition.

One module per database. Each has a schema, says how the generated rows become its tables, and holds, by the
definition's key, `COUNTS` (one number) and `BREAKDOWNS` (one row). The columns of a breakdown are named after places in
the definition: `s1` is step 1 alone, `f1` the result so far after step 1 (`f0` is `s0`), and a condition or group is
its indices in `all` and `any`, `not`, and `s0`, `s1`… again inside a group: `s0_2_not` is
`blocks[0].block.where.all[2].not`. The last `f` is the total.

Bounds are literals worked out by hand from AS_OF = 2026-11-23 10:00 UTC and the definition's zone, in UTC.
"""
