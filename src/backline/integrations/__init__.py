"""One folder per outside service, the only place that knows its addresses and shapes."""
