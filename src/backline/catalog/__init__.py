"""An artist's releases, tracks and playlists, and the resolver that finds them on every service."""
