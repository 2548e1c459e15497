"""Contacts: their profile, what they did, and the segments they are in."""
