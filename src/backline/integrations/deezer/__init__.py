"""Deezer: finds a release by its UPC, or by title, artist and length."""
