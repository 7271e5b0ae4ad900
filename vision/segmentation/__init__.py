"""Semantic segmentation: training, prediction, and how good it is."""
