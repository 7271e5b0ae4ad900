"""From files to token ids: reading, tokens, vocabulary, phrases."""
