"""Means and dot products of many rows, for the mean loss."""
