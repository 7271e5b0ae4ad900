"""Training vectors for words and documents: word2vec, FastText, paragraph vectors."""
