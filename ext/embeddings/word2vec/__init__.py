"""The loop over a text: skip-gram and CBOW."""
