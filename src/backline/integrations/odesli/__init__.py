"""Odesli, where somebody still has a key."""
