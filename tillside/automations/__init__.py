"""Rules: what the desk does by itself, when and why; and the hours of business they ask for."""
