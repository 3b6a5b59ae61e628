"""Apple Music: which artist somebody is there, by address or name."""
