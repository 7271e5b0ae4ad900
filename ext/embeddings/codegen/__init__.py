"""How compiled loops are made: sizes filled in, loops written out, vector registers, prefetching."""
