"""``benchmarks/RESULTS-transfer.md`` and its pictures, from the numbers of ``benchmarks/transfer.py``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cutaway.core.files import replacing
from cutaway.lessons.drawing import COLOURS, GREY, SMALL, new_figure, open_axes
from transfer_experiments import BATCH, SCRATCH_STEPS, SIZE, STEPS

HERE = Path(__file__).parent
WAYS = {
    "scratch": "from scratch",
    "probe": "probe",
    "top-k": "last 3 layers",
    "all": "all layers, one rate",
    "discriminative": "all layers, rates by depth",
}


def part(title: str, text: str, image: str, rows: list[str]) -> list[str]:
    """Return the lines of a section: what was found, its picture, its table."""
    return [title, "", text, "", image, "", *rows]


def write(found: dict[str, Any]) -> None:
    """Write the page, and a picture for each experiment that has been run."""
    parts = [
        "# Transfer learning on local photos",
        "",
        "Every number and sentence is written by `python benchmarks/transfer.py --data FOLDER`. Networks with",
        "published weights are SqueezeNet 1.0 and MobileNet of width 0.25, trained on ImageNet. The sets are small:",
        "an interval of 95 % (Wilson) stands beside shares where they are compared.",
        "",
    ]
    for name, tell in SECTIONS.items():
        if name in found:
            parts += [*tell(found[name], HERE / f"transfer-{name}.png"), ""]
            parts += [f"Made in {found[name]['took']:.0f} s.", ""]
    missing = [name for name in SECTIONS if name not in found]
    if missing:
        parts += [f"Not run yet: {', '.join(missing)}.", ""]
    with replacing(HERE / "RESULTS-transfer.md", "w") as file:
        file.write("\n".join(parts))


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return [*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)]


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def interval(share: float, n: int, z: float = 1.96) -> str:
    """The interval of Wilson (1927) for a share of n."""
    middle, spread = share + z * z / 2 / n, z * np.sqrt(share * (1 - share) / n + z * z / 4 / n / n)
    low, high = ((middle + sign * spread) / (1 + z * z / n) for sign in (-1, 1))
    return f"{100 * low:.0f}-{100 * high:.0f} %"


def saved(figure: Any, path: Path) -> str:
    with replacing(path) as file:
        figure.savefig(file, format="png", dpi=100, metadata={"Software": None})
    return f"![{path.stem}]({path.name})"


def compared(title: str) -> Any:
    def tell(result: dict[str, Any], path: Path) -> list[str]:
        rows, n = result["rows"], result["val"]
        figure, axis = new_figure(8.4, 3.4)
        names = [f"{row['net']}, {row['how']}" for row in rows]
        kinds = {"probe": 0, "from scratch": 1}
        bars = [100 * row["accuracy"] for row in rows]
        axis.barh(range(len(rows)), bars, color=[COLOURS[kinds.get(row["how"], 3)] for row in rows])
        axis.axvline(100 * result["largest_class"], color=GREY, linestyle=":")
        axis.set_yticks(range(len(rows)), names, fontsize=SMALL)
        axis.invert_yaxis()
        axis.set(xlabel="right, %; dotted: always the largest class", xlim=(0, 100))
        open_axes(axis, "x")
        cells = [
            (
                name,
                percent(row["accuracy"]),
                interval(row["accuracy"], n),
                percent(row["neighbours"]) if "neighbours" in row else "",
            )
            for name, row in zip(names, rows, strict=True)
        ]
        best = next(row for row in rows if row["how"] == "probe")
        text = f"{result['train']} photos to train on, {n} to judge by. The probe of {best['net']} is "
        text += "right for "
        text += f"{percent(best['accuracy'])}, photos to model in {result['seconds']:.0f} s with "
        text += "nothing kept."
        text += f" From scratch: {SCRATCH_STEPS * BATCH:,} photos shown, {SIZE} x {SIZE} pixels."
        head = ("network", "right", "95 %", "nearest neighbours")
        return part(f"## {title}", text, saved(figure, path), table(head, cells))

    return tell


def by_size(result: dict[str, Any], path: Path) -> list[str]:
    figure, axis = new_figure(8.4, 4.2)
    counts = result["counts"]
    for (way, curve), colour, marker in zip(result["curves"].items(), COLOURS, "osD^v", strict=False):
        axis.plot(counts, [100 * share for share in curve], marker=marker, color=colour, label=WAYS[way])
    axis.set(xscale="log", xlabel="photos of each class to learn from", ylabel="right, %")
    axis.set_xticks(counts, [str(n) for n in counts])
    axis.minorticks_off()
    axis.legend(frameon=False, fontsize=SMALL)
    open_axes(axis)
    rows = [(WAYS[way], *map(percent, curve)) for way, curve in result["curves"].items()]
    gaps = [p - s for p, s in zip(result["curves"]["probe"], result["curves"]["scratch"], strict=True)]
    text = f"MobileNet at {SIZE} x {SIZE} pixels, {STEPS} steps of {BATCH} photos "
    text += f"({SCRATCH_STEPS} from scratch), three breeds, {result['val']} photos to judge by. The "
    text += "probe is ahead of the "
    text += f"network from scratch by {100 * gaps[0]:.0f} points with {counts[0]} photos of each "
    text += "class and by "
    text += f"{100 * gaps[-1]:.0f} with {counts[-1]}: the gap "
    text += f"{'shrinks' if gaps[-1] < gaps[0] else 'does not shrink'}."
    head = ("what learns", *(f"{n} a class" for n in counts))
    return part("## Against the number of photos (pets)", text, saved(figure, path), table(head, rows))


def by_depth(result: dict[str, Any], path: Path) -> list[str]:
    figure, axis = new_figure(8.4, 3.6)
    axis.plot(
        result["ks"], [100 * share for share in result["curve"]], "o-", color=COLOURS[0], label="one rate"
    )
    axis.axhline(
        100 * result["discriminative"], color=COLOURS[1], linestyle="--", label="all, rates by depth"
    )
    axis.set(xlabel="last layers that learn", ylabel="right, %")
    axis.legend(frameon=False, fontsize=SMALL)
    open_axes(axis)
    best = int(np.argmax(result["curve"]))
    text = f"MobileNet, ants and bees, 20 photos of each, {STEPS} steps of {BATCH} photos, "
    text += f"{result['val']} to judge by; most are right "
    text += f"({percent(result['curve'][best])}) when {result['ks'][best]} of the "
    text += f"{result['ks'][-1]} layers learn; "
    text += f"all of them with rates that fall by 2.6 a layer: {percent(result['discriminative'])}."
    rows = [
        (k, percent(share), interval(share, result["val"]))
        for k, share in zip(result["ks"], result["curve"], strict=True)
    ]
    head = ("last layers that learn", "right", "95 %")
    return part("## Against the number of layers that learn", text, saved(figure, path), table(head, rows))


def by_layer(result: dict[str, Any], path: Path) -> list[str]:
    figure, axis = new_figure(8.4, 3.8)
    places = range(1, len(result["paths"]) + 1)
    for (label, curve), colour in zip(result["curves"].items(), COLOURS, strict=False):
        axis.plot(places, [100 * share for share in curve], "o-", color=colour, label=f"{label} weights")
    axis.set(xlabel="layer whose answers are asked, from the input", ylabel="right, %")
    axis.legend(frameon=False, fontsize=SMALL)
    open_axes(axis)
    published, random = result["curves"]["published"], result["curves"]["random"]
    ahead = sum(p > r for p, r in zip(published, random, strict=True))
    text = "A linear probe on the answers of each layer of SqueezeNet, averaged over the map; "
    text += "ants and bees, "
    text += f"{result['val']} to judge by. Published weights are ahead of random ones at {ahead} "
    text += f"of {len(published)} layers; "
    text += f"from first to last they go from {percent(published[0])} to {percent(published[-1])}, "
    text += "random ones from "
    text += f"{percent(random[0])} to {percent(random[-1])}."
    rows = [(p, percent(a), percent(b)) for p, a, b in zip(result["paths"], published, random, strict=True)]
    head = ("layer", "published", "random")
    return part("## What each layer knows", text, saved(figure, path), table(head, rows))


def grouped(title: str, rows: list[dict[str, Any]], key: str, label: str, path: Path, text: str) -> list[str]:
    """Bars of several kinds for several sets."""
    figure, axis = new_figure(8.8, 3.8)
    kinds = list(rows[0][key])
    for i, (kind, colour) in enumerate(zip(kinds, COLOURS, strict=False)):
        at = np.arange(len(rows)) + (i - (len(kinds) - 1) / 2) * 0.8 / len(kinds)
        axis.bar(at, [100 * row[key][kind] for row in rows], 0.8 / len(kinds), color=colour, label=kind)
    axis.set_xticks(range(len(rows)), [row["set"] for row in rows])
    axis.set(ylabel=label, ylim=(0, 100))
    axis.legend(
        frameon=False, fontsize=SMALL, ncols=len(kinds), loc="upper center", bbox_to_anchor=(0.5, 1.16)
    )
    open_axes(axis, "y")
    cells = [(row["set"], *(percent(row[key][kind]) for kind in kinds)) for row in rows]
    return part(f"## {title}", text, saved(figure, path), table(("set", *kinds), cells))


def retrieval(result: dict[str, Any], path: Path) -> list[str]:
    rows = [row | {"mAP": row["mAP"] | {"by chance": row["chance"]}} for row in result["rows"]]
    best = sum(max(row["mAP"], key=row["mAP"].get) == "SqueezeNet" for row in rows)
    text = "Each photo asks for the others of its class, by the cosine of features less their "
    text += "mean; SqueezeNet's features "
    text += f"have the best mean average precision on {best} of {len(rows)} sets."
    return grouped("Photos like this one", rows, "mAP", "mAP, %", path, text)


def bars(result: dict[str, Any], path: Path) -> list[str]:
    rows = result["rows"]
    ahead = sum(
        row["right"]["off the shelf"] > max(row["right"]["pixels"], row["right"]["edges"]) for row in rows
    )
    text = "In the manner of Razavian et al. 2014, Fig. 1: a linear model on pixels, on "
    text += "histograms of edges, on SqueezeNet's "
    text += "features, on these with mirrored photos; MobileNet from scratch. Features are ahead "
    text += "of what is made by hand on "
    text += f"{ahead} of {len(rows)} sets. Photos to judge by: "
    text += f"{', '.join(str(row['val']) for row in rows)}."
    return grouped("Features off the shelf", rows, "right", "right, %", path, text)


def yosinski(result: dict[str, Any], path: Path) -> list[str]:
    figure, axes = new_figure(12.5, 4.0, 1, 3)
    cuts, runs = result["cuts"], {k: np.array(v) for k, v in result["runs"].items()}
    names = [name for name in runs if not name.endswith("base")]
    for name, colour in zip(names, COLOURS, strict=False):
        mean = 100 * (runs[name] - runs[f"{name.split()[0]} base"]).mean(0)
        axes[0, 0].plot(cuts, mean, "o--" if name.endswith("+") else "o-", color=colour, label=name)
    axes[0, 0].axhline(0, color=GREY, linestyle=":")
    axes[0, 0].set(xlabel="first layers that are copied", ylabel="right, points above the base")
    axes[0, 0].legend(frameon=False, fontsize=SMALL)
    alike = np.array(result["cka"])
    axes[0, 1].plot(range(1, alike.shape[1] + 1), alike.mean(0), "o-", color=COLOURS[0])
    axes[0, 1].set(xlabel="layer", ylabel="CKA of the networks of A and B", ylim=(0, 1))
    for axis in axes[0, :2]:
        open_axes(axis)
    _paired(axes[0, 2], np.array(result["first"]))
    first, last = runs["near AnB"].mean(0)[[0, -1]]
    pair, chance = np.array(result["filters"]).mean(0)
    text = "A network of 9 layers on CIFAR-10's classes in two tasks, a few photos of each "
    text += f"class, {len(alike)} {'seed' if len(alike) == 1 else 'seeds'}; after "
    text += f"Yosinski et al. 2014. AnB goes from {percent(first)} with {cuts[0]} layer copied and "
    text += f"frozen to {percent(last)} "
    text += f"with {cuts[-1]}. CKA of the two tasks' networks: {alike.mean(0)[0]:.2f} at the first layer, "
    text += f"{alike.mean(0)[-1]:.2f} at the last before the scores. First-layer filters of A and "
    text += "B, each with its best "
    text += f"partner: |cosine| {pair:.2f}; of A and random ones {chance:.2f}."
    rows = [
        (name, *(percent(v) for v in values.mean(0)), *[""] * (len(cuts) - values.shape[1]))
        for name, values in runs.items()
    ]
    head = ("network", *(f"n = {n}" for n in cuts))
    return part("## How transferable layers are", text, saved(figure, path), table(head, rows))


def _paired(axis: Any, filters: np.ndarray) -> None:
    """Draw first-layer filters (2, O, 3, K, K) of A above those of B that are most like them, grey = 0."""
    _, count, _, side, _ = filters.shape
    across, gap = 4, 1
    high = count // across
    board = np.ones(((side + gap) * high * 2 + 2 * gap * high, (side + gap) * across, 3))
    for i in range(count):
        for net in range(2):
            each = filters[net, i].transpose(1, 2, 0)
            top = (i // across) * 2 * (side + gap + gap) + net * (side + gap)
            left = (i % across) * (side + gap)
            board[top : top + side, left : left + side] = 0.5 + each / (2 * np.abs(each).max() + 1e-9)
    axis.imshow(board, interpolation="nearest")
    axis.set_axis_off()
    axis.set_title("first-layer filters: of A, below\neach its partner in B", fontsize=SMALL)


SECTIONS = {
    "bees": compared("Ants and bees"),
    "pets": compared("Three breeds of pets"),
    "size": by_size,
    "depth": by_depth,
    "by-layer": by_layer,
    "yosinski": yosinski,
    "retrieval": retrieval,
    "bars": bars,
}
