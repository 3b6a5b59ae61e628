"""What an artist pays for: the managed-advertising plan."""
