"""Live segments: what each says to the engine, and the hand-written SQL of the same answer."""
