"""What every endpoint of the REST API is made of: who asks, how a body is read, pages, and what is told of problems."""
