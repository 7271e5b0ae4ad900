"""What is wrong with a gradient: explanations are tried on every entry, and told only if they fit all."""

from .explain import explained

__all__ = ["explained"]
