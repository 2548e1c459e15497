"""The Related tab: what a segment uses, what uses it, and what was done to it."""
