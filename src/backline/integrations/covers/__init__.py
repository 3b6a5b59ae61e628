"""Covers: fetches artwork from wherever a catalogue source says it is."""
