"""`cutaway crf`: what it writes and prints, and that it looks at everything before it works."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.vision import dense_crf, voc_palette
from cutaway.vision.data.images import read_image, read_mask
from PIL import Image


@pytest.fixture
def files(tmp_path, rng):
    """A folder with probabilities and an image: two halves, and a wrong pixel."""
    right = np.indices((20, 24))[1] >= 12
    image = np.where(right[..., None], [40, 80, 190], [200, 60, 40]) + rng.integers(0, 9, (20, 24, 3))
    P = np.full((3, 20, 24), 0.1, np.float32)
    P[0] += 0.7 * ~right
    P[2] += 0.7 * right
    P[:, 5, 5] = 0.1, 0.8, 0.1
    np.savez(tmp_path / "p.npz", probabilities=P)
    Image.fromarray(image.astype(np.uint8)).save(tmp_path / "image.png")
    return tmp_path


def run(files, *more):
    given = [str(files / "p.npz"), str(files / "image.png"), "--out", str(files / "labels.png")]
    return main(["crf", *given, *more])


def test_labels_probabilities_and_overlay(files, capsys):
    more = ["--srgb", "20", "--iterations", "5", "--compat-gaussian", "2"]
    assert run(files, *more, "--probabilities", f"{files}/q.npz", "--overlay", f"{files}/over.png") == 0
    P, image = np.load(files / "p.npz")["probabilities"], read_image(files / "image.png")
    q = dense_crf(P, image, srgb=20, iterations=5, compat_gaussian=2)
    assert np.array_equal(np.load(files / "q.npz")["probabilities"], q)
    labels = read_mask(files / "labels.png")
    assert np.array_equal(labels, q.argmax(0))
    with Image.open(files / "labels.png") as picture:
        assert picture.mode == "P"
        palette = np.array(picture.getpalette(), np.uint8).reshape(-1, 3)
        assert np.array_equal(palette, voc_palette()[: len(palette)])
        assert len(palette) > 2
    assert read_image(files / "over.png").shape == image.shape
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["classes"] == [0, 2], "the wrong pixel is gone"
    assert said["changed"] == pytest.approx(1 / 480)
    assert said["seconds"] >= 0


def damaged(files):
    (files / "p.npz").write_bytes(b"PK\x03\x04 and no more")


def other_name(files):
    np.savez(files / "p.npz", logits=np.ones((2, 20, 24)))


def a_plane(files):
    np.savez(files / "p.npz", probabilities=np.ones((20, 24)))


def objects(files):
    np.savez(files / "p.npz", probabilities=np.array([{}], object))


def logits(files):
    np.savez(files / "p.npz", probabilities=np.full((2, 20, 24), -1.0))


def other_size(files):
    np.savez(files / "p.npz", probabilities=np.full((2, 20, 25), 0.5))


def no_image(files):
    (files / "image.png").write_bytes(b"not a picture")


def many(files):
    np.savez(files / "p.npz", probabilities=np.full((300, 20, 24), 1 / 300))


SAID = {
    damaged: "damaged",
    other_name: "came logits",
    a_plane: "shape (20, 24)",
    objects: "pickle",
    logits: "softmax",
    other_size: "20 x 25 pixels",
    no_image: "image.png",
    many: "256 classes",
}


@pytest.mark.parametrize("spoil", SAID, ids=lambda each: each.__name__)
def test_a_bad_input_is_one_clear_error_and_nothing_is_written(spoil, files, capsys):
    spoil(files)
    assert run(files) == 2
    said = capsys.readouterr().err
    assert said.startswith("cutaway crf: ")
    assert SAID[spoil] in said
    assert not (files / "labels.png").exists()


def test_a_small_file_does_not_take_all_memory(files, capsys, monkeypatch):
    np.savez_compressed(files / "p.npz", probabilities=np.zeros((9, 200, 240)))
    monkeypatch.setattr("cutaway.core.reading.ROOM", 1 << 20)
    assert run(files) == 2
    assert "bytes of memory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--overlay", "{files}/nowhere/x.png"], "there is no folder"),
        (["--overlay", "{files}/image.png"], "would overwrite what IMAGE reads"),
        (["--overlay", "{files}/labels.png"], "would overwrite what --out writes"),
        (["--probabilities", "{files}/q.txt"], "ends with .npz"),
        (["--srgb", "0"], "srgb"),
        (["--iterations", "-1"], "iterations"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(more, said, files, capsys, monkeypatch):
    monkeypatch.setattr("cutaway.vision.segmentation.dense_crf.mean_field", None)
    assert run(files, *(each.format(files=files) for each in more)) == 2
    assert said in capsys.readouterr().err
