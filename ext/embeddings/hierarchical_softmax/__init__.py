"""Hierarchical softmax as output layer, and its Huffman tree."""
