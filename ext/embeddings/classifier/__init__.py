"""Lines with labels: the loop over lines, the losses of labels, the labels of one line."""
