"""Smart Links: the list with its figures, adding, the import, the review list, one link, what holds for all."""
