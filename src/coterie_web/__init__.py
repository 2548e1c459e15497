"""Coterie on the web: people design segments, take them live, and see who is in and why."""
