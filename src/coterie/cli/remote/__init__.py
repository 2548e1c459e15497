"""The commands asked of a server, over its REST API, in place of a store."""
