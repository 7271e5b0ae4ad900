"""Convolutional networks over the words of a sentence: Kim's, and the dynamic one of Kalchbrenner et al."""
