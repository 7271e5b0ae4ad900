"""The picture of a graph, in the three forms in which it can be shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .. import human
from ..files import replacing
from ..tensor import Tensor
from .collect import Vertex, collect
from .fold import fold as folded
from .svg import draw


def graph(y: Tensor, fold: int | None = None, names: Mapping[str, Tensor] | None = None) -> Picture:
    """Return a picture of how ``y`` was computed.

    Each box shows the op, the shape and a summary of its result, the norm of the gradient of ``y.sum()`` in
    it, and its bytes.  Boxes with an all-zero gradient and with NaN or infinity are marked.  Values that no
    gradient rule has saved are unknown unless the forward pass ran under `cutaway.keep_values()`.

    Parameters
    ----------
    y : a tensor with a graph.
    fold : how many modules deep to draw: 0 folds each outermost module into one box; None as much as fits on
        a page.
    names : what to call leaves and results, e.g. ``dict(model.named_parameters())``.

    Raises
    ------
    GradientError : if ``y`` has no graph, or it was freed.

    >>> import cutaway
    >>> x = cutaway.tensor([1.0, 2.0], requires_grad=True)
    >>> print(graph((x * x).sum(), names={"x": x}))
    #0  x    (2,)           [1, 2]  |grad| 4.47  8 B
    #1  mul  (2,)  #0 #0            |grad| 1.41  8 B
    #2  sum  ()    #1       5       |grad| 1     4 B
    """
    return Picture(collect(y, names or {}), fold)


class Picture:
    """Boxes in order; ``str`` gives the text, `svg` and `mermaid` drawings, `save` writes any of them."""

    def __init__(self, vertices: list[Vertex], fold: int | None = None):
        self.vertices = vertices
        self.boxes = folded(vertices, fold)

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """Return a tree: modules as headings, their boxes below, in the order in which they ran."""
        rows = [
            (
                f"#{i}",
                v.label + (f" ({v.count} nodes)" if v.count > 1 else ""),
                str(v.shape),
                " ".join(f"#{p}" for p in v.parents),
            )
            + (v.value, v.grad, human.size(v.size), f"<- {v.mark}" if v.mark else "")
            for i, v in enumerate(self.boxes)
        ]
        widths = [max((len(row[k]) for row in rows), default=0) for k in range(8)]
        lines, path = [], ()
        for v, row in zip(self.boxes, rows, strict=True):
            shared = next(
                (k for k, (a, b) in enumerate(zip(v.path, path, strict=False)) if a != b),
                min(len(v.path), len(path)),
            )
            lines += [f"{'  ' * k}{v.path[k][0]}" for k in range(shared, len(v.path))]
            path = v.path
            line = "  ".join(
                cell.ljust(width) + ("  " if k == 3 else "")
                for k, (cell, width) in enumerate(zip(row, widths, strict=True))
                if width
            )
            lines.append("  " * len(v.path) + line.rstrip())
        return "\n".join(lines)

    def mermaid(self) -> str:
        """Return the graph in Mermaid's language, which GitHub and many notebooks draw."""
        lines = ["flowchart TD"]
        for i, v in enumerate(self.boxes):
            shown = "<br/>".join(
                _escape(part)
                for part in (v.label, str(v.shape), v.value, v.grad, human.size(v.size), v.mark)
                if part
            )
            lines.append(f'    n{i}(["{shown}"])' if v.kind == "leaf" else f'    n{i}["{shown}"]')
        lines += [f"    n{p} --> n{i}" for i, v in enumerate(self.boxes) for p in v.parents]
        lines += [
            "    classDef bad fill:#fdd,stroke:#c00",
            "    classDef zero stroke-dasharray:4 3,color:#777",
        ]
        lines += [
            f"    class n{i} {'zero' if v.finite else 'bad'}" for i, v in enumerate(self.boxes) if v.mark
        ]
        return "\n".join(lines) + "\n"

    def svg(self) -> str:
        """Return a drawing; laid out here, no other program is needed."""
        return draw(self.boxes)

    _repr_svg_ = svg

    def save(self, path: str | os.PathLike) -> None:
        """Write the picture: .svg, .mmd (Mermaid) or .txt, by the name's ending."""
        forms = {".svg": self.svg, ".mmd": self.mermaid, ".txt": self.text}
        form = forms.get(Path(path).suffix)
        if form is None:
            raise ValueError(f"graph: expected a name ending in {', '.join(forms)}, got {Path(path).name!r}")
        with replacing(path, "w") as file:
            file.write(form())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("|", "&#124;")
