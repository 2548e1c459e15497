"""The insights store in DuckDB: creating it, loading into it, evaluating leaves over it."""
