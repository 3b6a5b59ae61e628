"""The stores' own public pages, looked at the way a browser would to see whether a link still leads somewhere."""
