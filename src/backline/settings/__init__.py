"""Reads the environment once, into one typed object, and derives Django's settings from it."""
