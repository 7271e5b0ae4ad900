"""`cutaway classify-train`: learns, goes on after a kill to the bit, and tells mistakes before it works."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.core.save import read_safetensors
from cutaway.vision.data.class_folders import find_classes
from PIL import Image

from .killing import kill_at_the_first_checkpoint


def photo(path, number, rng):
    """Lying stripes for class 0, standing ones for class 1."""
    stripes = np.sin(np.arange(48) * rng.uniform(0.6, 1.0))[:, None] * np.ones(48)
    pixels = 120 + 80 * (stripes if number == 0 else stripes.T)[..., None] + rng.normal(0, 20, (48, 48, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path, rng):
    for number, name in enumerate(("lying", "standing")):
        for i in range(20):
            photo(tmp_path / "photos" / name / f"{i:02}.png", number, rng)
    return tmp_path / "photos"


FLAGS = ["--size", "32", "--batch", "8", "--lr", "0.003", "--quiet"]


def test_it_learns_and_writes_what_it_says(folder, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["classify-train", str(folder), "--out", str(out), "--epochs", "8", *FLAGS]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["classes"] == ["lying", "standing"]
    assert (told["train_photos"], told["validation_photos"], told["epochs"]) == (32, 8, 8)
    assert told["validation_accuracy"] >= 0.9
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "taken for standing" in page
    assert f"{100 * told['validation_accuracy']:.1f} %" in page
    judged = find_classes(folder).val
    assert main(["classify", *(str(path) for path, _ in judged), "--weights", told["model"], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    right = [
        each["top"][0]["label"] == told["classes"][k] for each, (_, k) in zip(found, judged, strict=True)
    ]
    assert np.mean(right) == told["validation_accuracy"]


def test_after_a_kill_it_goes_on_to_the_bit(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("cutaway.commands.classify_train.CHECKPOINT_STEPS", 3)
    command = ["classify-train", str(folder), "--epochs", "3", *FLAGS]
    assert main([*command, "--out", str(tmp_path / "whole")]) == 0
    made = kill_at_the_first_checkpoint("classify_train", 3, command, tmp_path / "killed")
    assert made < 12, "it was to be killed before its end"
    assert not (tmp_path / "killed" / "model.safetensors").exists()
    assert main([*command, "--out", str(tmp_path / "killed")]) == 0
    whole, resumed = (
        read_safetensors(tmp_path / name / "model.safetensors")[0] for name in ("whole", "killed")
    )
    for name, values in whole.items():
        np.testing.assert_array_equal(resumed[name], values, err_msg=name)
    first, second = (
        json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")
    )
    assert first["validation_accuracy"] == second["validation_accuracy"]


def test_a_run_is_not_continued_with_other_options(folder, tmp_path, capsys):
    command = ["classify-train", str(folder), "--out", str(tmp_path / "run"), *FLAGS]
    assert main([*command, "--epochs", "1"]) == 0
    assert main([*command, "--epochs", "2"]) == 2
    assert "was begun with epochs 1, came 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--epochs 0", "--epochs expects a whole number from 1, came 0"),
        ("--size 8", "--size expects a whole number from 32, came 8"),
        ("--lr -1", "--lr expects a number above 0, came -1.0"),
        ("--lr nan", "--lr expects a number above 0, came nan"),
        ("--net smal", "--net: no network 'smal'"),
        ("--weights no.npz", "no.npz"),
        ("--out {photos}/run", "is inside of DIR"),
        ("--out {photos}/../no/run", "there is no folder"),
        ("--out {photos}/lying/00.png", "is inside of DIR"),
    ],
)
def test_mistakes_are_noticed_first(flags, said, folder, tmp_path, capsys, monkeypatch):
    def worked(*arguments, **named):
        raise AssertionError("the work began")

    monkeypatch.setattr("cutaway.vision.classification.train.train_classifier", worked)
    words = flags.format(photos=folder).split()
    out = [] if "--out" in words else ["--out", str(tmp_path / "run")]
    assert main(["classify-train", str(folder), *out, *words]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_folders_of_every_layout(folder, tmp_path, rng):
    drawn = find_classes(folder, seed=1)
    assert drawn.classes == ("lying", "standing")
    assert (len(drawn.train), len(drawn.val)) == (32, 8)
    assert not set(drawn.train) & set(drawn.val)
    assert drawn == find_classes(folder, seed=1) != find_classes(folder, seed=2)
    split = tmp_path / "split"
    for part in ("train", "valid"):
        for number, name in enumerate("ab"):
            photo(split / part / name / "x.png", number, rng)
    found = find_classes(split)
    assert [path.parts[-3:-1] for path, _ in (*found.train, *found.val)] == [
        (part, name) for part in ("train", "valid") for name in "ab"
    ]
    photo(split / "valid" / "c" / "x.png", 0, rng)
    with pytest.raises(ValueError, match=r"expected classes of .*train, a, b, came 'c'"):
        find_classes(split)


def test_folders_that_are_none(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    for root, said in ((tmp_path / "no", "there is no folder"), (tmp_path / "empty", "two classes or more")):
        with pytest.raises(FileNotFoundError, match=said):
            find_classes(root)
    (folder / "lying" / "03.png").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"03\.png: expected a JPEG"):
        find_classes(folder)
