"""HTML for artists and managers."""
