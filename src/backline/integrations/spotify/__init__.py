"""Spotify: an artist's catalogue, read in app mode (client credentials)."""
