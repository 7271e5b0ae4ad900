"""`cutaway transfer`: learns, leaves frozen layers alone, goes on to the bit, and tells mistakes before it works."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.core.save import read_safetensors
from cutaway.vision.classification.saved import load_classifier
from cutaway.vision.networks.classification_net import classification_net
from PIL import Image

from .killing import kill_at_the_first_checkpoint


@pytest.fixture
def folder(tmp_path, rng):
    """Lying stripes and standing ones, 15 photos each."""
    for number, name in enumerate(("lying", "standing")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(15):
            stripes = np.sin(np.arange(40) * rng.uniform(0.6, 1.0))[:, None] * np.ones(40)
            pixels = (
                120 + 80 * (stripes if number == 0 else stripes.T)[..., None] + rng.normal(0, 20, (40, 40, 3))
            )
            image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
            image.save(tmp_path / "photos" / name / f"{i:02}.png")
    return tmp_path / "photos"


@pytest.fixture
def weights(tmp_path):
    np.savez(tmp_path / "w.npz", **classification_net("small", 7, rng=1).state_dict())
    return tmp_path / "w.npz"


@pytest.fixture
def command(folder, weights):
    how = ["--net", "small", "--weights", str(weights), "--size", "32", "--batch", "8", "--quiet"]
    return ["transfer", str(folder), *how]


def last_line(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_probe_is_seconds_and_a_model_that_classify_takes(command, folder, weights, tmp_path, capsys):
    out = tmp_path / "run"
    assert main([*command, "--mode", "probe", "--out", str(out), "--cache", str(tmp_path / "kept")]) == 0
    told = last_line(capsys)
    assert told["validation_accuracy"] >= 0.8
    assert (told["train_photos"], told["validation_photos"]) == (24, 6)
    assert len(list((tmp_path / "kept").iterdir())) == 2
    net, labels = load_classifier(out / "model.safetensors")
    assert labels == ["lying", "standing"]
    before = dict(np.load(weights))
    for name, values in net.state_dict().items():
        if not name.startswith("classifier."):
            np.testing.assert_array_equal(values, before[name], err_msg=name)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"{100 * told['validation_accuracy']:.1f} %" in page
    assert not re.search(r"(src|href)=.(http|//)", page)
    photo = str(folder / "lying" / "00.png")
    assert main(["classify", photo, "--weights", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["top"][0]["label"] == "lying"
    mirrored = [*command, "--augment", "mirror", "--out", str(tmp_path / "other")]
    assert main(mirrored) == 0
    assert last_line(capsys)["validation_accuracy"] >= 0.8


def test_frozen_layers_are_those_of_the_file(command, weights, tmp_path, capsys):
    out = tmp_path / "run"
    how = ["--mode", "top-k", "--k", "2", "--epochs", "2", "--gradual", "--lr", "0.01"]
    assert main([*command, *how, "--out", str(out)]) == 0
    told = last_line(capsys)
    assert [path for path, share in told["moved"].items() if share] == ["features.25", "classifier.1"]
    before, after = dict(np.load(weights)), load_classifier(out / "model.safetensors")[0].state_dict()
    for name, values in before.items():
        if name.startswith("features.") and int(name.split(".")[1]) < 25:
            np.testing.assert_array_equal(after[name], values, err_msg=name)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<td>frozen</td>") == 7
    assert "2.6 times the rate before it; one more layer" in page


def test_after_a_kill_it_goes_on_to_the_bit(command, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("cutaway.commands.transfer.CHECKPOINT_STEPS", 2)
    command = [*command, "--mode", "all", "--epochs", "3"]
    assert main([*command, "--out", str(tmp_path / "whole")]) == 0
    made = kill_at_the_first_checkpoint("transfer", 2, command, tmp_path / "killed")
    assert made < 9, "it was to be killed before its end"
    killed = [*command, "--out", str(tmp_path / "killed")]
    assert main(killed) == 2
    assert "is there already; --resume goes on with it" in capsys.readouterr().err
    assert main([*killed, "--resume", "--seed", "1"]) == 2
    assert "was begun with seed 0, came 1" in capsys.readouterr().err
    assert main([*killed, "--resume"]) == 0
    whole, resumed = (
        read_safetensors(tmp_path / name / "model.safetensors")[0] for name in ("whole", "killed")
    )
    for name, values in whole.items():
        np.testing.assert_array_equal(resumed[name], values, err_msg=name)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--net smal", "--net: no network 'smal'"),
        ("--weights no.npz", "no.npz"),
        ("--weights {photos}/lying/00.png", "expected a name that ends in .npz"),
        ("--net squeezenet1_1", "entries of SqueezeNet fit"),
        ("--k 2", "--k has no meaning with --mode probe"),
        ("--epochs 2", "--epochs has no meaning with --mode probe"),
        ("--mode all --k 2", "--k has no meaning with --mode all"),
        ("--mode all --cache x", "--cache has no meaning with --mode all"),
        ("--mode top-k --k 10", "--k expects at most 9, the layers of small, came 10"),
        ("--mode top-k --k 0", "--k expects a whole number from 1, came 0"),
        ("--mode all --lr nan", "--lr expects a number above 0, came nan"),
        ("--mode all --decay 0", "--decay expects a number above 0, came 0.0"),
        (
            "--mode all --schedule steep",
            "--schedule expects one of slanted, one-cycle, constant, came 'steep'",
        ),
        ("--augment pieces", "--augment expects mirror or none with --mode probe, came 'pieces'"),
        ("--out {photos}/run", "is inside of DIR"),
        ("--out {photos}/../no/run", "there is no folder"),
        ("--out {photos}/..", "is there already"),
        ("--resume", "--resume: there is no run in --out"),
    ],
)
def test_mistakes_are_noticed_first(flags, said, command, folder, tmp_path, capsys, monkeypatch):
    def worked(*arguments, **named):
        raise AssertionError("the work began")

    monkeypatch.setattr("cutaway.commands.transfer.probed", worked)
    monkeypatch.setattr("cutaway.commands.transfer.tuned", worked)
    words = flags.format(photos=folder).split()
    out = [] if "--out" in words else ["--out", str(tmp_path / "run")]
    assert main([*command, *out, *words]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_folders_without_two_classes_are_refused(command, folder, tmp_path, capsys):
    for path in (folder / "standing").iterdir():
        path.unlink()
    for said in ("there is only 'lying'", "there is none"):
        assert main([*command, "--out", str(tmp_path / "run")]) == 2
        assert said in capsys.readouterr().err
        for path in (folder / "lying").iterdir():
            path.unlink()
    assert not (tmp_path / "run").exists()
