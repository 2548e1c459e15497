"""Questions about any definition, asked over the API: nothing is kept of them."""
