"""Platform Connections: the rows, the ways to connect, and what comes back from the platforms."""
