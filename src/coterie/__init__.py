"""Coterie: who, exactly, right now, and why."""
