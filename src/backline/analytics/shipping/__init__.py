"""From the spools of the play processes into the event store, each range exactly once."""
