"""Benchmarks: the engine beside the best hand-written SQL, in one run, on seeded data, with every answer compared."""
