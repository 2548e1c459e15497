"""Live segments kept current: what is stale is brought up to date, and who entered and left is told, with the cause."""
