"""Every outside service on this machine: composes the sandboxes of the integrations."""
