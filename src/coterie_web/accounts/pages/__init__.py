"""The pages of accounts: signing in, and settings of people, units and tokens."""
