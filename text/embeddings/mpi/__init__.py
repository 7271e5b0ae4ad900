"""Word vectors on several machines: how ranks share a text, and how their vectors meet."""
