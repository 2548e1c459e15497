"""The thread that applies records and keeps live segments current."""
