"""How a segment begins: blank, from a template with its parameters filled in, or as a copy."""
