"""Asking word vectors: neighbours, analogies, similarity, classes, maps."""
