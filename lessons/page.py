"""A page is made of sections, a section of blocks: text, pictures, tables, and the very code that ran."""

from __future__ import annotations

import base64
import html
import inspect
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from ..core.op import Op

NUMBER = re.compile(r"[-+]?[\d,.]+( ?%| [kMGT]i?B?| s)?|never|none|absent")
PIXELS_PER_INCH = 100  # of a picture on a wide screen: 12 points are 17 pixels, as the text


@dataclass
class Section:
    """One story on the page.

    Attributes
    ----------
    title, anchor : heading, and its name in links.
    blocks : HTML, in order; the methods add to it.
    facts : the numbers that the story ends with, by name; shown at the top of the page.
    """

    title: str
    anchor: str
    blocks: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    def text(self, *paragraphs: str) -> None:
        """Add paragraphs; `backticks` mark code, *asterisks* emphasis."""
        self.blocks += [f"<p>{_inline(paragraph)}</p>" for paragraph in paragraphs]

    def figure(self, figure: Any, caption: str) -> None:
        """Add a matplotlib figure as an inlined PNG."""
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
        self._image("png", buffer.getvalue(), round(figure.get_figwidth() * PIXELS_PER_INCH), caption)

    def picture(self, image: Any, caption: str, wide: int | None = None) -> None:
        """Add a picture, (H, W, 3) uint8, or several as an animation; ``wide`` pixels on a wide screen."""
        from .image_files import gif, png

        moves = isinstance(image, list)
        data = gif(image) if moves else png(image)
        self._image("gif" if moves else "png", data, wide or (image[0] if moves else image).shape[1], caption)

    def _image(self, kind: str, data: bytes, wide: int, caption: str) -> None:
        inlined = base64.b64encode(data).decode()
        self.blocks.append(
            f'<figure><div class="scroll"><img src="data:image/{kind};base64,{inlined}" '
            f'style="--wide:{wide}px" alt="{html.escape(caption, quote=True)}"></div>'
            f"<figcaption>{_inline(caption)}</figcaption></figure>"
        )

    def svg(self, drawing: str, caption: str, scale: float = 1.0) -> None:
        """Add an SVG drawing, ``scale`` times as large as it says; where it is too wide, it is scrolled."""
        drawing = re.sub(
            r'(<svg[^>]*?) width="(\d+)" height="(\d+)"',
            lambda tag: f'{tag[1]} width="{int(tag[2]) * scale:.0f}" height="{int(tag[3]) * scale:.0f}"',
            drawing,
            count=1,
        )
        self.blocks.append(
            '<figure class="drawing"><div '
            f'class="scroll">{drawing}</div><figcaption>{_inline(caption)}</figcaption></figure>'
        )

    def table(self, head: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> None:
        """Add a table; cells that look like numbers are set flush right, and columns of them, too."""
        rows = [tuple(row) for row in rows]
        numbers = [
            bool(rows) and all(NUMBER.fullmatch(str(cell)) for cell in each)
            for each in zip(*rows, strict=True)
        ]
        kinds = [' class="number"' if number else "" for number in numbers] or [""] * len(head)
        top = "".join(f"<th{kind}>{_inline(cell)}</th>" for cell, kind in zip(head, kinds, strict=True))
        body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
        note = f"<figcaption>{_inline(caption)}</figcaption>" if caption else ""
        table = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
        self.blocks.append(f'<figure><div class="scroll">{table}</div>{note}</figure>')

    def output(self, printed: Any) -> None:
        """Add what a program prints."""
        self.blocks.append(f'<pre class="output">{html.escape(str(printed))}</pre>')

    def code(self, *things: Any) -> None:
        """Add the source of functions, classes and ops: the very code that ran."""
        for thing in things:
            source = inspect.getsource(thing.declaration if isinstance(thing, Op) else thing)
            where = thing.__module__.replace(".", "/").removeprefix("cutaway/") + ".py"
            self.blocks.append(
                f"<details><summary>the code that ran: <code>{thing.__name__}</code> in "
                f"<code>{where.replace('/', '/<wbr>')}</code></summary>"
                f"<pre>{html.escape(inspect.cleandoc(source))}</pre></details>"
            )


def render(
    title: str,
    lead: str,
    sections: Sequence[Section],
    footer: str,
    navigation: str = "",
    record: str = "",
) -> str:
    """Return a page: one HTML file with everything inlined, which needs no network.

    ``navigation`` and ``record`` are for chapters of a tour (``folder.py``): HTML, and JSON.
    """
    parts = {"sections": sections, "navigation": navigation, "record": record}
    return fill("page.html", title=title, lead=lead, footer=footer, **parts)


def fill(template: str, **values: Any) -> str:
    """Return a template of this folder, filled in."""
    import jinja2

    here = files(__package__ or "cutaway.lessons")
    loader = jinja2.FunctionLoader(lambda name: here.joinpath(name).read_text(encoding="utf-8"))
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.get_template(template).render(**values)


def listed(things: Sequence[Any]) -> str:
    """Return things in words.

    >>> listed([1, 2, 3])
    '1, 2 and 3'
    """
    words = [str(thing) for thing in things]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _inline(text: str) -> str:
    text = html.escape(str(text), quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?!\w)", r"<em>\1</em>", text)


def _cell(value: Any) -> str:
    """Return a table's cell; a time, "2.1 s", is marked, for it is another one in every run."""
    number = NUMBER.fullmatch(str(value))
    if not number:
        return f"<td>{_inline(value)}</td>"
    kind = "number clock" if number.group(1) == " s" else "number"
    return f'<td class="{kind}">{html.escape(str(value))}</td>'
