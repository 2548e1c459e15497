"""The measurements of `bench.refresh`, one module each."""
