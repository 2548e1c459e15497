"""A server is killed again and again while records arrive and segments change, and what it left is looked at."""
