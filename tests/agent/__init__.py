"""The agents' web interface, through the front door: a real desk, a real database, requests as a browser sends them."""
