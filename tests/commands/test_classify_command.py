"""`cutaway classify`: what it prints, in which words it refuses, and the published networks' counts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cutaway
import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.vision.classification.saved import load_classifier, save_classifier
from cutaway.vision.networks.classification_net import classification_net
from cutaway.vision.networks.preprocess import Preprocess
from PIL import Image


@pytest.fixture
def photos(tmp_path, rng):
    paths = [tmp_path / name for name in ("a.jpg", "b.png")]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (50, 70, 3), dtype=np.uint8)).save(path)
    return paths


@pytest.fixture
def weights(tmp_path):
    net = classification_net("squeezenet1_1", 3, rng=4)
    np.savez(tmp_path / "w.npz", **net.state_dict())
    return tmp_path / "w.npz"


def expected(weights, photo):
    net = classification_net("squeezenet1_1", 3, rng=0)
    net.load_state_dict(dict(np.load(weights)))
    x = net.preprocess(np.asarray(Image.open(photo).convert("RGB")))[None]
    with cutaway.no_grad():
        scores = net.eval()(x).data[0].astype(float)
    return np.exp(scores) / np.exp(scores).sum()


def test_json_is_a_list_of_photos_with_their_classes(photos, weights, capsys):
    command = ["classify", *map(str, photos), "--net", "squeezenet1_1", "--weights", str(weights), "--json"]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["file"] for each in found] == [str(photo) for photo in photos]
    for each, photo in zip(found, photos, strict=True):
        chances = expected(weights, photo)
        assert [guess["label"] for guess in each["top"]] == [str(i) for i in np.argsort(-chances)]
        got = [guess["probability"] for guess in each["top"]]
        np.testing.assert_allclose(got, np.sort(chances)[::-1], rtol=1e-4)


def test_names_stand_beside_the_weights_or_are_given(photos, weights, tmp_path, capsys):
    command = ["classify", str(photos[0]), "--net", "squeezenet1_1", "--weights", str(weights), "--top", "1"]
    best = int(expected(weights, photos[0]).argmax())
    (tmp_path / "imagenet_classes.txt").write_text("ant\nbee\ncat, кошка\n", encoding="utf-8")
    assert main(command) == 0
    assert capsys.readouterr().out.splitlines()[1].endswith(f"%  {['ant', 'bee', 'cat, кошка'][best]}")
    (tmp_path / "names.txt").write_text("x\ny\nz\n")
    assert main([*command, "--labels", str(tmp_path / "names.txt")]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0] == str(photos[0])
    assert said.splitlines()[1].endswith("xyz"[best])
    assert len(said.splitlines()) == 2


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("{photo} --net squeezenet1_1 --weights {w} --top 0", "--top expects a whole number from 1, came 0"),
        ("{photo} --net squeeze1_1 --weights {w}", "--net: no network 'squeeze1_1', there are"),
        ("{photo} --weights {w}", "does not say which network it is for: expected --net NAME"),
        ("{photo}", "expected --net NAME, whose weights are fetched, or --weights FILE"),
        ("no.jpg --net small --weights {w}", "no.jpg"),
        ("{w} --net small --weights {w}", "w.npz: expected a JPEG, PNG, GIF or TIFF"),
        ("{photo} --net squeezenet1_1 --weights nothing.npz", "nothing.npz"),
        ("{photo} --net squeezenet1_1 --weights {photo}", "a name that ends in .npz, .safetensors or .pth"),
        ("{photo} --net resnet18 --weights {w}", "of 122 entries of ResNet fit"),
        ("{photo} --net squeezenet1_1 --weights {w} --labels {two}", "has 2 names, the network 3 classes"),
        ("{photo} --net squeezenet1_1 --weights {w} --labels {gap}", "line 2: expected the name of a class"),
    ],
)
def test_mistakes_are_told_in_the_words_typed(flags, said, photos, weights, tmp_path, capsys):
    (tmp_path / "two.txt").write_text("x\ny\n")
    (tmp_path / "gap.txt").write_text("x\n\ny\n")
    given = {"photo": photos[0], "w": weights, "two": tmp_path / "two.txt", "gap": tmp_path / "gap.txt"}
    assert main(["classify", *flags.format(**given).split()]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_a_saved_classifier_knows_its_network(photos, tmp_path, capsys):
    net = classification_net("small", 2, rng=3).eval()
    net.preprocess = Preprocess(40, 44, "BGR", 255, (1, 2, 3), (4, 5, 6))
    (tmp_path / "run").mkdir()
    save_classifier(tmp_path / "run" / "model.safetensors", net, "small", ["ant", "bee"])
    again, labels = load_classifier(tmp_path / "run" / "model.safetensors")
    assert (again.preprocess, labels, again.training) == (net.preprocess, ["ant", "bee"], False)
    for weights in (tmp_path / "run", tmp_path / "run" / "model.safetensors"):
        assert main(["classify", str(photos[0]), "--weights", str(weights), "--json"]) == 0
        (found,) = json.loads(capsys.readouterr().out)
        assert {guess["label"] for guess in found["top"]} == {"ant", "bee"}
    cutaway.save(net.state_dict(), tmp_path / "other.safetensors")
    assert load_classifier(tmp_path / "other.safetensors") is None


def test_the_published_networks_recognise_as_many_as_the_data_says(monkeypatch):
    root = Path(os.environ.get("CUTAWAY_DATA", "nowhere"))
    if not all((root / name).is_dir() for name in ("squeezenet", "mobilenet", "hymenoptera")):
        pytest.skip("CUTAWAY_DATA has no weights and photos")
    monkeypatch.syspath_prepend(Path(cutaway.__file__).parent / "benchmarks")
    import imagenet_counts

    lines = list(imagenet_counts.section(root))  # AssertionError if a count is another
    assert len([line for line in lines if line.startswith("| squeezenet1_0 | bees | 83 | 58 | 74 |")]) == 1
