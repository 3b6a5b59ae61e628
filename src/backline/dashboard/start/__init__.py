"""From nothing to the first artist: paste a Spotify artist, look whether it is the right one, go."""
