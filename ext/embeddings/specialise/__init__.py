"""Loops put together for one model: an architecture, an output layer, and the loop over the text."""
