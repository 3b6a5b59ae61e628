"""Composition roots: the programs, their supervisor and the command line."""
