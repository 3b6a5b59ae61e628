"""MusicBrainz: the links that its editors collected for a release."""
