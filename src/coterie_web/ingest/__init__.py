"""Records on their way in: acknowledged once they are kept, applied in order."""
