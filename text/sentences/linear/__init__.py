"""Linear classifiers on bags of words."""
