"""The iTunes Search API: finds a release on Apple Music and in the iTunes Store."""
