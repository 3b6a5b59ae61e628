"""Caches of the operator's own that take PURGE requests, such as Varnish."""
