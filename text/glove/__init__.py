"""GloVe: counting which words stand near each other, and vectors that explain the counts."""
