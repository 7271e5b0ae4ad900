"""The full softmax as output layer."""
