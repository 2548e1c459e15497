"""The list of segments: found, sorted, paged, and acted on by many at once."""
