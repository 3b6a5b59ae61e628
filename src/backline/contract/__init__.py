"""What crosses the seam between play and the rest. Standard library and msgspec only."""
