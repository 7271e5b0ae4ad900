"""Texts as rows of numbers for a classifier."""
