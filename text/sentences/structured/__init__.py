"""Systems that score structures over a sentence or a document: chains, trees, derivations of a grammar."""
