"""GloVe's step for a cell of the table of co-occurrences."""
