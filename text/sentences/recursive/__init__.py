"""Networks that follow a parse tree: a phrase gets its vector from those of its two parts."""
