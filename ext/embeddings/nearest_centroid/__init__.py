"""The nearest of a few points, for product quantisation."""
