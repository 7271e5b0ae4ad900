"""Classifying sentences: the systems of the table of sentence classification, and how they are judged."""
