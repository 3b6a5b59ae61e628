"""Cards: the picture of a page that messengers and networks show where its address is posted. Pure: no database."""
