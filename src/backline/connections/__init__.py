"""Platform connections of an artist."""
