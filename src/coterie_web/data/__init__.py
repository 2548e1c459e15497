"""The page of the data: what is loaded, and what arrives."""
