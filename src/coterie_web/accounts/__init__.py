"""People, their roles and units, their tokens, and the history of what they did."""
