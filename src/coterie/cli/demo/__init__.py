"""The demo: a seeded, plausible shop, its catalog, and six segments that use every kind of block."""
