"""Backline: the open operating system for music growth."""
