"""File formats: word vectors, fastText's models, checkpoints."""
