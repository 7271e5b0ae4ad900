"""What a folder of images and masks holds, read before anything trains on it."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...core.errors import FileError
from .folders import VOID, label_table
from .images import image_info, read_mask
from .layouts import Layout, Pair, find_layout

MANY = 40  # different labels in one mask: more than people draw
SHOWN = 3  # files named for each problem


@dataclass
class Check:
    """What was found.

    Attributes
    ----------
    layout : the files.
    classes : names; from the layout, as given, or numbers.
    pixels : {split: int64 (K,)}: pixels of each class.
    void : {split: pixels that count for nothing}.
    sizes : {(H, W): images}.
    errors : what training would stumble over, each a sentence that names files and what to do.
    notes : what is unusual and handled.
    """

    layout: Layout
    classes: tuple[str, ...] = ()
    pixels: dict[str, np.ndarray] = field(default_factory=dict)
    void: dict[str, int] = field(default_factory=dict)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def expect_usable(self) -> Check:
        """Raise ValueError with all errors, if there are any; returns self."""
        if self.errors:
            raise ValueError("the data cannot be trained on:\n" + "\n".join(f"    {e}" for e in self.errors))
        return self

    def __str__(self) -> str:
        counts = ", ".join(f"{len(pairs)} {split}" for split, pairs in self.layout.splits.items())
        drawn = " (splits drawn by the seed)" if self.layout.drawn else ""
        sizes = ", ".join(f"{w}x{h}: {n}" for (h, w), n in self.sizes.most_common(4))
        more = f" and {len(self.sizes) - 4} other sizes" if len(self.sizes) > 4 else ""
        lines = [f"layout   {self.layout.kind}", f"images   {counts}{drawn}", f"sizes    {sizes}{more}", ""]
        width = max(len(name) for name in (*self.classes, "class", "void"))
        lines.append("label  " + "class".ljust(width) + "".join(f"{split:>9}" for split in self.pixels))
        totals = {split: max(int(n.sum()) + self.void[split], 1) for split, n in self.pixels.items()}
        for k, name in enumerate(self.classes):
            shares = "".join(f"{n[k] / totals[split]:9.2%}" for split, n in self.pixels.items())
            lines.append(f"{k:5}  {name.ljust(width)}{shares}")
        shares = "".join(f"{n / totals[split]:9.2%}" for split, n in self.void.items())
        lines.append(f"{VOID:5}  {'void'.ljust(width)}{shares}")
        lines += [f"error: {each}" for each in self.errors] + [f"note: {each}" for each in self.notes]
        return "\n".join(lines)


def check_segmentation(
    root: str | os.PathLike,
    classes: Sequence[str] | None = None,
    *,
    labels: Mapping[int, int] | None = None,
    void: Iterable[int] = (),
    seed: int = 0,
    names: tuple[str, str] = ("labels={", "void="),
) -> Check:
    """Read every mask of a folder and the head of every image; parameters as of `SegmentationFolder`.

    Parameters
    ----------
    names : how the caller spells ``labels`` and ``void`` in the hints.
    """
    layout = find_layout(root, seed)
    check = Check(layout)
    table, seen = label_table(layout, labels, void), {}
    raw: Counter[int] = Counter()  # pixels of each label as it is in the files
    faults: dict[str, list[str]] = {}
    for split, pairs in layout.splits.items():
        counts = Counter[int]()
        for pair in pairs:
            try:
                found = _look(pair, check, faults)
            except FileError as error:
                faults.setdefault("cannot be read", []).append(str(error))
                continue
            raw.update(found)
            for label, n in found.items():
                counts[int(table[label]) if label < len(table) else label] += n
            seen.setdefault(_content(pair), []).append((split, pair))
        check.void[split] = counts.pop(VOID, 0)
        highest = max((k for k in counts if counts[k]), default=0)
        check.pixels[split] = np.array([counts[k] for k in range(highest + 1)], np.int64)
    _name_classes(check, classes or layout.classes)
    _labels_outside(check, raw, table, names, faults)
    _overlaps(check, seen)
    for what, files in faults.items():
        named = "; ".join(files[:SHOWN]) + (f" and {len(files) - SHOWN} more" if len(files) > SHOWN else "")
        check.errors.append(f"{len(files)} {what}: {named}")
    return check


def _look(pair: Pair, check: Check, faults: dict[str, list[str]]) -> Counter[int]:
    """The labels of one mask; what is odd about it or its image goes to ``faults`` and notes."""
    image, mask = image_info(pair.image), image_info(pair.mask)
    check.sizes[image.height, image.width] += 1
    if (image.height, image.width) != (mask.height, mask.width):
        sizes = f"{mask.width}x{mask.height} and {image.width}x{image.height}"
        faults.setdefault("masks have another size than their image", []).append(f"{pair.mask} ({sizes})")
    for odd, what in (
        (image.turned, "images are turned by their EXIF tag, and read as they are seen"),
        (image.mode.startswith("I"), "images have 16 bits, and are read with 8"),
        (image.mode in ("RGBA", "LA"), "images are transparent, which is left out"),
    ):
        if odd:
            _note(check, what)
    labels, counts = np.unique(read_mask(pair.mask, page=pair.page), return_counts=True)
    if mask.lossy or len(labels) > MANY:
        why = "is a JPEG" if mask.lossy else f"has {len(labels)} labels"
        faults.setdefault("masks are smeared, by JPEG or a smooth resize", []).append(f"{pair.mask} {why}")
    return Counter(dict(zip(labels.tolist(), counts.tolist(), strict=True)))


def _note(check: Check, what: str) -> None:
    """Count a note of this kind."""
    for i, note in enumerate(check.notes):
        count, _, rest = note.partition(" ")
        if rest == what:
            check.notes[i] = f"{int(count) + 1} {what}"
            return
    check.notes.append(f"1 {what}")


def _name_classes(check: Check, classes: Sequence[str] | None) -> None:
    """Names and pixel counts of the same length; labels beyond stay with the errors."""
    most = max((len(n) for n in check.pixels.values()), default=0)
    check.classes = tuple(classes or map(str, range(min(most, MANY))))
    k = len(check.classes)
    check.pixels = {split: np.pad(n, (0, max(k - len(n), 0)))[:k] for split, n in check.pixels.items()}
    total = np.sum([*check.pixels.values()], axis=0)
    absent = [name for name, n in zip(check.classes, total, strict=True) if not n]
    if absent:
        check.notes.append(f"no pixel of {', '.join(absent)}")


def _labels_outside(
    check: Check, raw: Counter[int], table: np.ndarray, names: tuple[str, str], faults: dict[str, list[str]]
) -> None:
    k, (to_map, to_void) = len(check.classes), names
    label_of = {label: int(table[label]) if label < len(table) else label for label in raw}
    if set(raw) == {0, VOID} and label_of[VOID] == VOID:
        check.errors.append(
            f"the masks have only 0 and 255, and 255 is void: for the class 1 say {to_map}255=1"
        )
        return
    outside = {label: n for label, n in raw.items() if label_of[label] >= k and label_of[label] != VOID}
    if outside and not any("smeared" in what for what in faults):
        total = sum(raw.values())
        shares = ", ".join(f"{label} ({n / total:.2%})" for label, n in sorted(outside.items())[:6])
        check.errors.append(
            f"labels that are none of the {k} classes: {shares}; say {to_map}{min(outside)}=CLASS or "
            f"{to_void}{min(outside)}"
        )


def _content(pair: Pair) -> tuple[int, int, int]:
    """What two copies of an image have in common."""
    content = pair.image.read_bytes() if pair.page == 0 else str(pair.image).encode()
    return len(content), zlib.crc32(content), pair.page


def _overlaps(check: Check, seen: dict) -> None:
    """Images that stand in more than one split."""
    twice = [files for files in seen.values() if len({split for split, _ in files}) > 1]
    if twice:
        (a, one), (b, other) = twice[0][0], next(each for each in twice[0] if each[0] != twice[0][0][0])
        check.errors.append(
            f"{len(twice)} images stand in two splits, the first is {one.image} ({a}) = {other.image} ({b}): "
            "what is measured would be learnt by heart"
        )
