"""Where leaves are evaluated: backends are strangers to each other."""
