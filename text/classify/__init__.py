"""FastText's classifier: labels for lines of text."""
