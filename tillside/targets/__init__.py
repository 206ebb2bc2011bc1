"""Calling external apps: targets, the calls made of them, their delivery and its log."""
