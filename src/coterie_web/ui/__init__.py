"""What every page is made of: base templates, components, tags and static files."""
