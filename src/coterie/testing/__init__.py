"""For tests: case files, small worlds and definitions made from a seed, and hypothesis strategies over them.

`coterie.testing.strategies` needs hypothesis; the other modules need nothing but Coterie.
"""
