"""Pictures of the graph behind a result: as text, as Mermaid, as SVG; see `graph`."""

from .picture import Picture, graph

__all__ = ["Picture", "graph"]
