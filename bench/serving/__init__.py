"""The web application under load: a real server, people in browsers, and programs that send records."""
