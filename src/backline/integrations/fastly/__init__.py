"""Fastly: keeps pages near fans."""
