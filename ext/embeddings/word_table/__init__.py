"""From the bytes of a text to numbers of words."""
