"""YouTube as anybody sees it: what a video is called, and its stills. Needs no key."""
