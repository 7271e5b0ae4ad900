"""`cutaway segment train` and `classify-train` under mpiexec: one training, one run, one last line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway import nn
from cutaway.vision import SceneDataset
from mpiexec import needs_mpi, program, run, succeeded
from PIL import Image

pytestmark = needs_mpi


def cutaway(size, *words):
    return run(size, "-m", "cutaway", *map(str, words))


def last_line(said: str) -> dict:
    lines = [line for line in said.splitlines() if line.startswith("{")]
    assert len(lines) == 1, said
    return json.loads(lines[0])


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


@pytest.fixture
def scenes(tmp_path):
    for i in range(10):
        image, mask = SceneDataset(10, 48, seed=3)[i]
        save(tmp_path / "data" / "images" / f"{i}.png", np.moveaxis(image, 0, -1) * 255)
        save(tmp_path / "data" / "masks" / f"{i}.png", mask)
    return tmp_path / "data"


@pytest.fixture
def photos(tmp_path, rng):
    for kind in ("lying", "standing"):
        for i in range(10):
            stripes = np.sin(np.arange(40) * rng.uniform(0.6, 1.0))[:, None] * np.ones(40)
            pixels = 120 + 80 * (stripes if kind == "lying" else stripes.T)[..., None]
            save(tmp_path / "photos" / kind / f"{i}.png", pixels + rng.normal(0, 20, (40, 40, 3)))
    return tmp_path / "photos"


OPTIONS = "--seed 5 --names ground,disc,square,triangle,ring --epochs 2 --quiet --augment flip=0.5"
SAME = (
    "--sync-batch-norm --net-options dropout=0,base=8,depth=3 --class-weights inverse --size 32x32 --lr 0.001"
)
SEGMENT = f"{OPTIONS} {SAME}".split()


def test_segmentation_on_ranks_is_that_of_one_process(scenes, tmp_path):
    runs = tmp_path / "two", tmp_path / "one"
    # 7 images: a batch of 4, 2 on each rank, and one of 3
    lines = [
        last_line(
            succeeded(cutaway(size, "segment", "train", scenes, "--out", out, "--batch", batch, *SEGMENT))
        )
        for out, size, batch in ((runs[0], 2, 2), (runs[1], 1, 4))
    ]
    assert [line["ranks"] for line in lines] == [2, 1]
    (two, header), (one, _) = (nn.checkpoint.load(out / "train.safetensors") for out in runs)
    assert header["step"] == 4
    histories = [json.loads((out / "history.json").read_text()) for out in runs]
    for ours, theirs in zip(*histories, strict=True):
        assert ours["loss"] == pytest.approx(theirs["loss"], rel=0.05)  # means over images, not over weights
    for name in two:
        if name.startswith("model.") and two[name].dtype.kind == "f":
            np.testing.assert_allclose(two[name], one[name], atol=5e-4, err_msg=name)
    assert (runs[0] / "report.html").is_file()


def test_classification_on_ranks(photos, tmp_path):
    out = tmp_path / "run"
    words = ["classify-train", photos, "--out", out, "--size", 32, "--batch", 4, "--lr", 0.003]
    said = succeeded(cutaway(2, *words, "--epochs", 2, "--quiet"))
    told = last_line(said)
    assert (told["ranks"], told["train_photos"], told["epochs"]) == (2, 16, 2)
    assert {each.name for each in out.iterdir()} >= {
        "model.safetensors",
        "report.html",
        "checkpoint.safetensors",
    }


def test_mistakes_are_told_before_any_work_and_by_all(scenes, photos, tmp_path):
    for words, told in (
        (("classify-train", photos, "--out", photos / "run"), "is inside of DIR"),
        (("segment", "train", scenes, "--out", tmp_path / "none" / "x"), "--out"),
    ):
        done = cutaway(2, *words)
        assert done.returncode != 0
        assert told in done.stderr, done.stderr
        assert "2 ranks: 0 is PID" in done.stderr
        assert "Traceback" not in done.stderr
    done = cutaway(2, "classify-train", photos, "--out", tmp_path / "x", "--mpi", 0, "--epochs", 0)
    assert done.stderr.count("--epochs expects a whole number from 1") == 2, "each process alone"
    assert "PID" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_other_files_on_a_rank_are_an_error_on_all(tmp_path):
    code = """
        from pathlib import Path
        from cutaway.commands.networks_on_ranks import expect_same_files
        from cutaway.core.ranks import RankError
        for difference in "none", "size", "name", "number":
            own = Path(folder) / difference / str(comm.rank)
            own.mkdir(parents=True)
            for name in "ab":
                (own / name).write_text("x" * (1 + (comm.rank == 1 and difference == "size")))
            if comm.rank == 1 and difference == "name":
                (own / "a").rename(own / "c")
            files = sorted(own.iterdir())[: 1 if comm.rank == 1 and difference == "number" else 2]
            try:
                expect_same_files(comm, own, files)
            except RankError as error:
                assert difference != "none" and "files" in str(error), error
            else:
                assert difference == "none", difference
        print("well", flush=True)
        """
    assert succeeded(program(2, code, tmp_path)).count("well") == 2
