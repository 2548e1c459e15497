"""Search over everything a person sees: segments, contacts, people, pages."""
