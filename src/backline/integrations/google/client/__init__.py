"""Calls to Google, typed in and out; no rules. Facts: ``docs/developers/outside-services.md``."""
