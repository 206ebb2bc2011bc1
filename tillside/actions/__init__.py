"""Actions: what a shop can do for a customer, declared once, and each time somebody takes one."""
