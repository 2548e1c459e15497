"""Segments as the API tells and changes them."""
