"""Negative sampling as output layer."""
