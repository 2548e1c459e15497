"""Segments: drafts, versions, what is live, and the pages in which people work on them."""
