"""Train segmentation networks on real sets; write benchmarks/RESULTS-segmentation.md from what their runs hold.

    python benchmarks/segmentation.py --data DATA --runs FOLDER [--only NAME ...] [--minutes 45]

DATA has camvid/, isbi2012/train/, pets/ and mobilenet/.  Each run is `cutaway segment train` in a process of its
own, in FOLDER/NAME; one that was stopped goes on, one that is done is only measured.  With --minutes a run has as
many epochs as fit into them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from kernels import processor

HERE = Path(__file__).parent
FLIPS = "--augment flip=0.5,scale=0.8:1.4,colour=0.2"
CAMVID = f"camvid --batch 8 --loss cross-entropy+dice {FLIPS}"
ISBI = "isbi2012/train --map 255=1 --names membrane,cell --net unet --crop 256x256 --batch 4 --epochs 60"
LONG = f"camvid --loss cross-entropy+dice {FLIPS.replace('colour=0.2', 'colour=0.4')}"
UNET_32 = "--net unet --net-options base=32,depth=4 --lr 0.002 --crop 144x192"
MOBILENET = "--backbone mobilenet --weights {data}/mobilenet/mobilenet_v1_0.25_224.npz"
RUNS = {  # name: what follows `cutaway segment train DATA/`; {data} and {runs} are the folders
    "camvid-fcn32s": f"{CAMVID} --net fcn32s --epochs 12",
    "camvid-fcn16s": f"{CAMVID} --net fcn16s --epochs 12",
    "camvid-fcn8s": f"{CAMVID} --net fcn8s --epochs 12",
    "camvid-frontend": f"{CAMVID} --net frontend --epochs 12",
    "camvid-context": f"{CAMVID} --net context --trainable context --weights {{runs}}/camvid-frontend --epochs 6",
    "camvid-largefov": f"{CAMVID} --net deeplab-largefov --epochs 12",
    "camvid-aspp": f"{CAMVID} --net deeplab-aspp --epochs 12",
    "camvid-msc": f"{CAMVID} --net deeplab-msc --epochs 12",
    "camvid-unet-16": f"{CAMVID} --net unet --epochs 12",
    "camvid-unet-mobilenet": f"{CAMVID} --net unet {MOBILENET} --epochs 20",
    "camvid-unet-mobilenet-long": f"{LONG} --batch 8 --net unet {MOBILENET} --epochs 80",
    "camvid-unet-32-median": f"{CAMVID} {UNET_32} --batch 4 --class-weights median --epochs 20",
    "camvid-unet-32": f"{LONG} {UNET_32} --batch 4 --epochs 35",
    "isbi-unet-elastic": f"{ISBI} --augment flip=0.5,flip_vertical=0.5,elastic=10,rotate=15",
    "isbi-unet-plain": f"{ISBI} --augment flip=0.5,flip_vertical=0.5",
    "pets-unet": f"pets --net unet --size 176x176 --batch 8 --epochs 6 {FLIPS}",
}
CRF_OF = ("camvid-fcn32s", "camvid-fcn8s")  # runs whose probabilities the CRF refines
CRF_GRID = {"compat_bilateral": (2, 5), "sxy_bilateral": (10, 30), "srgb": (5, 13), "compat_gaussian": (1,)}
CRF_IMAGES = 12  # of the validation set, on which its parameters are searched


def main() -> None:
    """Run what is asked for, and write the results of all runs that are there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--only", nargs="+", default=list(RUNS), choices=list(RUNS), metavar="NAME")
    parser.add_argument("--minutes", type=float)
    options = parser.parse_args()
    options.runs.mkdir(exist_ok=True)
    for name in options.only:
        train(name, options)
    rows = [row for name in RUNS for row in measured(name, options)]
    write(rows, options)


def train(name: str, options: argparse.Namespace) -> None:
    """Train a run, or go on with it, unless it is done; what it costs is added up in the run's cost.json."""
    run = options.runs / name
    data, *flags = shlex.split(RUNS[name].format(data=options.data, runs=options.runs))
    how = ["--resume"] if (run / "run.json").exists() else []
    if how and len(history(run)) >= json.loads((run / "run.json").read_text())["recipe"]["epochs"]:
        return
    if options.minutes and not how:
        how = ["--minutes", str(options.minutes)]
    command = ["segment", "train", str(options.data / data), "--out", str(run), *flags, *how]
    print(name, flush=True)
    process = subprocess.Popen([sys.executable, "-m", "cutaway", *command])
    _, status, used = os.wait4(process.pid, 0)
    cost = _cost(run)
    cost["cpu_seconds"] += used.ru_utime + used.ru_stime
    cost["megabytes"] = max(cost["megabytes"], used.ru_maxrss / 1024)
    (run / "cost.json").write_text(json.dumps(cost))
    if status:
        raise SystemExit(f"{name}: the training ended with status {os.waitstatus_to_exitcode(status)}")


def _cost(run: Path) -> dict[str, float]:
    path = run / "cost.json"
    return json.loads(path.read_text()) if path.exists() else {"cpu_seconds": 0.0, "megabytes": 0.0}


def history(run: Path) -> list[dict]:
    """Return a run's epochs so far."""
    path = run / "history.json"
    return json.loads(path.read_text()) if path.exists() else []


def measured(name: str, options: argparse.Namespace) -> list[dict]:
    """Return what a run has reached on the test split, for some also with the CRF; [] if it is not there."""
    run = options.runs / name
    if not (run / "best.safetensors").exists() or len(history(run)) < _epochs(run):
        return []
    data, epochs = options.data / shlex.split(RUNS[name])[0], history(run)
    best = max(epochs, key=lambda entry: entry["mean_iou"])
    row = {"name": name, **evaluate(run, data), "val": best["mean_iou"], "epochs": len(epochs),
           "minutes": sum(entry["seconds"] for entry in epochs) / 60, **_cost(run)}  # fmt: skip
    if name not in CRF_OF:
        return [row]
    crf = ",".join(f"{key}={value}" for key, value in searched(run, data).items())
    return [row, {**row, "name": f"{name} + CRF", **evaluate(run, data, "--crf", crf), "val": float("nan")}]


def _epochs(run: Path) -> int:
    return json.loads((run / "run.json").read_text())["recipe"]["epochs"]


def evaluate(run: Path, data: Path, *flags: str) -> dict:
    """Return what `cutaway segment evaluate` prints last; it is kept in the run's folder."""
    kept = run / f"test{'-'.join(flags)}.json"
    if not kept.exists():
        command = ["segment", "evaluate", str(run), str(data), "--split", "test", *flags]
        done = subprocess.run(
            [sys.executable, "-m", "cutaway", *command], check=True, capture_output=True, text=True
        )
        kept.write_text(done.stdout.splitlines()[-1])
    return json.loads(kept.read_text())


def searched(run: Path, data: Path) -> dict:
    """Return the CRF's parameters that are best on some validation images; kept in the run's folder."""
    from cutaway.vision.segmentation.crf_search import search_crf
    from cutaway.vision.segmentation.run import SegmentationRun
    from cutaway.vision.segmentation.tiles import probabilities

    kept = run / "crf.json"
    if not kept.exists():
        trained = SegmentationRun.load(run)
        net, val = trained.best(run), trained.split(data, "val")
        items = [val[i] for i in range(0, len(val), len(val) // CRF_IMAGES)]
        examples = [(probabilities(net, trained.recipe.prepared(x)), x, truth) for x, truth in items]
        found = search_crf(examples, CRF_GRID)
        kept.write_text(json.dumps(found.best))
    return json.loads(kept.read_text())


def write(rows: list[dict], options: argparse.Namespace) -> None:
    """Write the table."""
    lines = [
        "# Segmentation on real sets",
        "",
        f"{datetime.date.today()}, {processor()}, 2 cores, shared with other work: minutes are wall-clock. "
        "Mean IoU as PASCAL VOC counts it, over the test images together, of the epoch with the best mean IoU on "
        "the validation images.",
        "",
        "| run | test mean IoU | pixel accuracy | validation | epochs | minutes | CPU minutes | peak MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {row['name']} | {row['mean_iou']:.3f} | {row['pixel_accuracy']:.3f} | {_shown(row['val'], '.3f')} | "
            f"{row['epochs']} | {row['minutes']:.0f} | {_shown(row['cpu_seconds'] / 60)} | "
            f"{_shown(row['megabytes'])} |"
            for row in rows
        ),
        "",
        *(_by_class(row) for row in rows),
        "",
        "Command of each: `cutaway segment train DATA/...` with",
        "",
        *(f"- {row['name']}: `{RUNS[row['name']]}`" for row in rows if row["name"] in RUNS),
        "",
        "All: `python benchmarks/segmentation.py --data DATA --runs FOLDER`",
    ]
    (HERE / "RESULTS-segmentation.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def _shown(value: float, how: str = ".0f") -> str:
    """Return a number; nothing for one that was not measured."""
    return format(value, how) if value > 0 else ""


def _by_class(row: dict) -> str:
    scores = ", ".join(f"{name} {'absent' if v is None else f'{v:.2f}'}" for name, v in row["iou"].items())
    return f"- {row['name']}, IoU by class: {scores}"


if __name__ == "__main__":
    main()
