"""The first page of an artist: what needs you, what is left to set up, how it goes."""
