"""The demo: a made-up shop with its people and segments, and a stream of what its customers do."""
