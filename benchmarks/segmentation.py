"""Train segmentation networks on real sets; write benchmarks/RESULTS-segmentation.md from what their runs hold.

    python benchmarks/segmentation.py --data DATA --runs FOLDER [--only NAME ...] [--minutes 45]

DATA has camvid/, isbi2012/train/ and pets/.  Each run is `cutaway segment train` in a process of its own, in
FOLDER/NAME; one that was stopped goes on, one that is done is only measured.  With --minutes a run has as many
epochs as fit into them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shlex
import subprocess
import sys
from pathlib import Path

from kernels import processor

HERE = Path(__file__).parent
CAMVID = "camvid --batch 8"
FLIPS = "--augment flip=0.5,scale=0.8:1.4,colour=0.2"
RUNS = {  # name: what follows `cutaway segment train DATA/`
    "camvid-unet-32": f"camvid --net unet --net-options base=32,depth=4 --batch 4 --lr 0.002 --epochs 32 {FLIPS}",
    "camvid-unet-16": f"{CAMVID} --net unet --epochs 40 {FLIPS}",
    "camvid-fcn32s": f"{CAMVID} --net fcn32s --epochs 40 {FLIPS}",
    "camvid-fcn16s": f"{CAMVID} --net fcn16s --epochs 40 {FLIPS}",
    "camvid-fcn8s": f"{CAMVID} --net fcn8s --epochs 40 {FLIPS}",
    "camvid-frontend": f"{CAMVID} --net frontend --epochs 40 {FLIPS}",
    "camvid-deeplab": f"{CAMVID} --net deeplab-aspp --epochs 40 {FLIPS}",
    "isbi-unet-elastic": "isbi2012/train --map 255=1 --names membrane,cell --net unet --crop 256x256 --batch 4 "
    "--epochs 60 --augment flip=0.5,flip_vertical=0.5,elastic=10,rotate=15",
    "isbi-unet-plain": "isbi2012/train --map 255=1 --names membrane,cell --net unet --crop 256x256 --batch 4 "
    "--epochs 60 --augment flip=0.5,flip_vertical=0.5",
    "pets-unet": f"pets --net unet --size 176x176 --batch 8 --epochs 25 {FLIPS}",
}


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
    rows = [row for name in RUNS if (row := measured(name, options))]
    write(rows, options)


def train(name: str, options: argparse.Namespace) -> None:
    """Train a run, or go on with it, unless it is done."""
    run = options.runs / name
    data, *flags = shlex.split(RUNS[name])
    how = ["--resume"] if (run / "run.json").exists() else []
    if how and len(history(run)) >= json.loads((run / "run.json").read_text())["recipe"]["epochs"]:
        return
    if options.minutes and not how:
        how = ["--minutes", str(options.minutes)]
    command = ["segment", "train", str(options.data / data), "--out", str(run), *flags, *how]
    print(name, flush=True)
    subprocess.run([sys.executable, "-m", "cutaway", *command], check=True)


def history(run: Path) -> list[dict]:
    """Return a run's epochs so far."""
    path = run / "history.json"
    return json.loads(path.read_text()) if path.exists() else []


def measured(name: str, options: argparse.Namespace) -> dict | None:
    """Return what a run has reached on the test split; None if it is not there."""
    run = options.runs / name
    if not (run / "best.safetensors").exists():
        return None
    data = options.data / shlex.split(RUNS[name])[0]
    command = ["segment", "evaluate", str(run), str(data), "--split", "test"]
    done = subprocess.run(
        [sys.executable, "-m", "cutaway", *command], check=True, capture_output=True, text=True
    )
    found, epochs = json.loads(done.stdout.splitlines()[-1]), history(run)
    best = max(epochs, key=lambda entry: entry["mean_iou"])
    return {"name": name, **found, "val": best["mean_iou"], "epochs": len(epochs),
            "minutes": sum(entry["seconds"] for entry in epochs) / 60}  # fmt: skip


def write(rows: list[dict], options: argparse.Namespace) -> None:
    """Write the table."""
    lines = [
        "# Segmentation on real sets",
        "",
        f"{datetime.date.today()}, {processor()}, 2 cores, shared with other work: minutes are wall-clock. "
        "Mean IoU as PASCAL VOC counts it, over the test images together, of the epoch with the best mean IoU on "
        "the validation images.",
        "",
        "| run | test mean IoU | pixel accuracy | validation | epochs | minutes |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {row['name']} | {row['mean_iou']:.3f} | {row['pixel_accuracy']:.3f} | {row['val']:.3f} | "
            f"{row['epochs']} | {row['minutes']:.0f} |"
            for row in rows
        ),
        "",
        *(_by_class(row) for row in rows),
        "",
        "Command of each: `cutaway segment train DATA/...` with",
        "",
        *(f"- {row['name']}: `{RUNS[row['name']]}`" for row in rows),
        "",
        "All: `python benchmarks/segmentation.py --data DATA --runs FOLDER`",
    ]
    (HERE / "RESULTS-segmentation.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def _by_class(row: dict) -> str:
    scores = ", ".join(f"{name} {'absent' if v is None else f'{v:.2f}'}" for name, v in row["iou"].items())
    return f"- {row['name']}, IoU by class: {scores}"


if __name__ == "__main__":
    main()
