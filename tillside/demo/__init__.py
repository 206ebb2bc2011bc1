"""Fern & Fold, the demo shop: a small shop of its own that reaches the desk only as any foreign shop would, by snippet and HTTP.

Nothing here imports a room of the desk; what the shop knows of it is in `settings.DemoSettings`.
"""
