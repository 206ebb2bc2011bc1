"""Rules: conditions by property, lists by their laws, loops by their guards, on both databases."""
