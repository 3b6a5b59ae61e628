"""The public program: pages, redirects, beacons. No Django, no domain."""
