"""Segments as code: the files of a folder made the live segments of whoever keeps them so."""
