"""The REST API under `/api/v1`: the endpoints of all slices together, and how their failures are told."""
