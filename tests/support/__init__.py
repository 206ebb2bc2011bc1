"""What the tests stand on: a private PostgreSQL, a real browser, real server processes. Nothing here replaces our own code."""
