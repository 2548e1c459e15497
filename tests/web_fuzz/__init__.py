"""A real server is sent thousands of requests that nobody would mean, and must answer each for what it is."""
