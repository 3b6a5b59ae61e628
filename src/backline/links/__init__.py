"""Smart Links: settings, edits, publishing."""
