"""Check a contact: why somebody is in or out, what decided, and when that changes."""
