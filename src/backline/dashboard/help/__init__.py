"""Help inside the product: one page for each thing that is set up at a platform."""
