"""Counting pairs of words that stand near each other."""
