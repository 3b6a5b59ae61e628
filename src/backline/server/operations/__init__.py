"""Looking after a running house: figures, heartbeats, the worker's listener, and the operator's status page."""
