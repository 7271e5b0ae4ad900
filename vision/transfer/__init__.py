"""Transfer learning: a network that has learnt one task begins another, with far fewer photos."""
