"""The REST API of all slices: one document, one way to answer and to fail."""
