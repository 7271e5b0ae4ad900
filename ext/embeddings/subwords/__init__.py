"""FastText's skip-gram and CBOW: a word has several rows."""
