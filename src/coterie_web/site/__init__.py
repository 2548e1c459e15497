"""Composition: settings, addresses, the server process. The only place that names a backend."""
