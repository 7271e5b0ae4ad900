"""`cutaway inside`: what each family writes and prints, and in which words it refuses before it works."""

from __future__ import annotations

import json

import cutaway
import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.vision.classification.saved import save_classifier
from cutaway.vision.interpret.attack import chances_of, fgsm
from cutaway.vision.interpret.planted_table import CASES
from cutaway.vision.networks.classification_net import classification_net
from cutaway.vision.networks.preprocess import Preprocess
from PIL import Image

LABELS = ["ant", "honey bee", "bee eater, bird"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a network, a photo, and photos of two classes."""
    root, rng = tmp_path_factory.mktemp("inside"), np.random.default_rng(0)
    net = classification_net("small", 3, rng=1)
    for parameter in net.parameters():
        parameter.data[...] += rng.normal(0, 0.05, parameter.shape).astype(np.float32)
    net.preprocess = Preprocess(40, 44, "BGR", 255, (100, 110, 120), (50, 60, 70))
    save_classifier(root / "net.safetensors", net.eval(), "small", LABELS)
    for k, name in enumerate(("x", "y")):
        (root / "photos" / name).mkdir(parents=True)
        for i in range(7):
            pixels = rng.integers(0, 120, (50, 60, 3)) + np.array([k, 0, 1 - k]) * 130
            Image.fromarray(pixels.astype(np.uint8)).save(root / "photos" / name / f"{i}.png")
    Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(root / "photo.png")
    return root


def look(place, tmp_path, capsys, text):
    """Run a family; the JSON line, and the folder of its pages."""
    out = tmp_path / "pages"
    words = [word.replace("@", f"{place}/") for word in text.split()]
    assert main(["inside", *words, "--weights", f"{place}/net.safetensors", "--out", str(out), "--json"]) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 1
    told = json.loads(printed)
    assert sorted(told["files"]) == sorted(str(path) for path in out.iterdir()), "and nothing else is left"
    page = (out / "index.html").read_text()
    assert "https://" not in page.replace("http://www.w3.org", "")
    for path in told["files"]:
        if path.endswith((".png", ".gif")):
            with Image.open(path) as picture:
                picture.load()
    return told, out, page


def test_maximise(place, tmp_path, capsys):
    text = "maximise --class honey --steps 4 --seed 3 --preset simonyan --rate 3000 --l2 0.000001"
    told, out, page = look(place, tmp_path, capsys, text)
    assert told["objective"] == "class_score(1) - 1e-06 * l2()"
    assert told["end"] > told["start"]
    assert sum(each["probability"] for each in told["top"]) == pytest.approx(1, abs=1e-3)
    with Image.open(out / "maximised.gif") as film:
        assert film.n_frames == 5
    with Image.open(out / "maximised.png") as picture:
        assert picture.size == (40, 40)
    assert "honey bee" in page
    assert page.count("data:image/gif") == 1


@pytest.mark.parametrize(
    ("flags", "objective"),
    [
        ("--layer features.0 --channel 3", "channel('features.0', 3)"),
        ("--layer features.0 --channel 3 --neuron", "neuron('features.0', 3)"),
        ("--layer features --tv 0.1", "layer('features') - 0.1 * tv()"),
        ("--class 2 --probability", "class_probability(2)"),
    ],
)
def test_what_is_maximised(flags, objective, place, tmp_path, capsys):
    told, _, _ = look(place, tmp_path, capsys, f"maximise {flags} --steps 2 --size 32")
    assert told["objective"] == objective


def test_dream_of_a_photo_with_a_guide_and_a_film(place, tmp_path, capsys):
    flags = "--layer features --octaves 2 --steps 2 --size 60 --jitter 4 --zoom 3"
    told, out, _ = look(place, tmp_path, capsys, f"dream @photo.png --guide @photos/x/0.png {flags}")
    assert told["size"] == [45, 60]
    assert told["objective"] == "guide('features', ...)"
    with Image.open(out / "zoom.gif") as film:
        assert film.n_frames == 3


def test_dream_of_noise(place, tmp_path, capsys):
    told, _, _ = look(place, tmp_path, capsys, "dream --layer features.0 --octaves 1 --steps 5 --size 40")
    assert told["after"] > told["before"]


@pytest.mark.parametrize("family", ["saliency", "cam", "occlusion --patch 8 --stride 8"])
def test_maps_of_a_photo(family, place, tmp_path, capsys):
    if family == "cam":
        family += " --layer features.0"
    told, _, page = look(place, tmp_path, capsys, f"{family} @photo.png --class ant")
    assert (told["class"], told["label"]) == (0, "ant")
    methods = {"saliency": 5, "cam": 3, "occlusion": 1}[family.split()[0]]
    assert len(told["largest"]) == methods
    assert all(method in page for method in told["largest"])


def test_filters_and_maps(place, tmp_path, capsys):
    told, out, _ = look(place, tmp_path, capsys, "filters @photo.png --most 5")
    assert told == {"layer": "features.0", "filters": 5, "map": [16, 40, 40], "files": told["files"]}
    assert {path.name for path in out.iterdir()} == {"index.html", "filters.png", "maps.png"}


def test_patches_of_two_layers(place, tmp_path, capsys):
    flags = "--layer features.2 --layer features --filters 3 --top 4"
    told, out, page = look(place, tmp_path, capsys, f"patches @photos {flags}")
    assert told["photos"] == 14
    assert list(told["layers"]) == ["features.2", "features"]
    for said in told["layers"].values():
        assert 0 <= said["label_entropy"] <= 1
        assert 0 <= said["neighbours_agree"] <= 1
        assert len(said["shown"]) == 3
    assert {path.name for path in out.iterdir()} == {"index.html", "patches-1.png", "patches-2.png"}
    assert "t-SNE" not in page.split("<table")[0] or page.count("data:image/png") == 4


def test_patches_of_photos_without_classes(place, tmp_path, capsys):
    told, _, _ = look(place, tmp_path, capsys, "patches @photos/x --filters 2 --top 2 --beside none --most 5")
    assert told["photos"] == 5
    assert told["classes"] == []
    assert "label_entropy" not in told["layers"]["features"]


def test_attack_and_whether_it_carries_over(place, tmp_path, capsys):
    weights = f"--other-weights {place}/net.safetensors"
    told, _, _ = look(place, tmp_path, capsys, f"attack @photo.png --class 1 --epsilons 0,8 {weights}")
    net = classification_net("small", 3, rng=0)
    net.load_state_dict(cutaway.load(place / "net.safetensors"))
    net.preprocess = Preprocess(40, 44, "BGR", 255, (100, 110, 120), (50, 60, 70))
    seen = net.preprocess.cut(np.asarray(Image.open(place / "photo.png")))
    pixels = seen.transpose(2, 0, 1) / np.float32(255)
    for row in told["sweep"]:
        expected = chances_of(net, fgsm(net.eval(), pixels, 1, row["epsilon"])[None])[0, 1]
        assert row["right"] == pytest.approx(expected, rel=1e-4)
        assert row["other_right"] == pytest.approx(row["right"], rel=1e-4), "the very same network"
    assert told["sweep"][1]["right"] < told["sweep"][0]["right"]


def test_score_of_two_photos(place, tmp_path, capsys):
    flags = "--methods saliency,grad-cam --layer features.0 --steps 4 --samples 1 --points 2 --class ant"
    told, _, page = look(place, tmp_path, capsys, f"score @photo.png @photos/x/0.png {flags}")
    assert [each["label"] for each in told["photos"]] == ["ant", "ant"]
    for each in told["photos"]:
        assert list(each["maps"]) == ["saliency", "grad-cam", "random"]
        gone, come = (each["maps"]["saliency"][f"{name}_curve"] for name in ("deletion", "insertion"))
        assert gone[0] == pytest.approx(each["probability"], abs=1e-5)
        assert come[-1] == pytest.approx(gone[0], abs=1e-5), "in the end the whole photo is there"
        assert len(gone) == 5
        layers = [left["layer"] for left in each["maps"]["grad-cam"]["forgotten"]]
        assert layers[-1] == "features.0"
        assert len(layers) == 2
    assert "smallest deletion area" in page


def test_score_of_planted_cues(tmp_path, capsys):
    out = tmp_path / "pages"
    flags = ["--planted", "--methods", "saliency,occlusion", "--out", str(out)]
    assert main(["inside", "score", *flags, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {(row["case"], row["method"]) for row in told["planted"]} == {
        (case, method) for case in CASES for method in ("saliency", "occlusion")
    }
    assert "The gradient is 0, and the map empty, for saliency." in (out / "index.html").read_text()
    assert main(["inside", "score", *flags]) == 0
    assert "both found, %" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("score", "expected a PHOTO, or several, or --planted"),
        ("score @photo.png --methods gradcam", "--methods: no method 'gradcam'"),
        ("score @photo.png --planted", "--planted has scenes and a network of its own"),
        ("score @photo.png --steps 0", "--steps expects a number from 1, came 0"),
        ("score no.jpg", "no.jpg"),
        ("maximise", "expected either --class CLASS or --layer PATH"),
        ("maximise --class bee", "--class bee: 2 classes are called so: 1 honey bee, 2 bee eater, bird"),
        ("maximise --class honney", "--class: no class 'honney'; did you mean 'honey bee'?"),
        ("maximise --class 3", "--class: expected a class from 0 to 2, got 3"),
        ("maximise --layer features.99", "--layer: no layer 'features.99'; there are features.9"),
        ("maximise --layer features --channel 64", "expected a channel of 'features' from 0 to 63, got 64"),
        ("maximise --class 0 --steps 0", "--steps expects a number from 1, came 0"),
        ("maximise --class 0 --channel 1", "--channel and --neuron are of a layer"),
        ("dream no.jpg", "no.jpg"),
        ("dream @net.safetensors", "expected a JPEG, PNG, GIF or TIFF"),
        ("dream @photo.png --scale 1", "--scale expects a number from 1.01, came 1"),
        ("cam @photo.png --layer x", "--layer: no layer 'x'"),
        ("occlusion @photo.png --patch 4 --stride 8", "--stride 8 is larger than --patch 4"),
        ("filters --layer features.1", "filters: expected a convolution, 'features.1' is BatchNorm2d"),
        ("patches @photos/none", "there is no folder"),
        ("patches @photos --top 0", "--top expects a number from 1, came 0"),
        ("attack @photo.png --epsilons 1,x", "--epsilons expects numbers with commas between, came '1,x'"),
        ("attack @photo.png --epsilons 300", "--epsilons expects grey levels from 0 to 255"),
        ("attack @photo.png --towards cat", "--towards: no class 'cat'"),
        ("saliency @photo.png --labels @two.txt", "has 2 names, the network 3 classes"),
    ],
)
def test_mistakes_are_told_in_the_words_typed(text, said, place, tmp_path, capsys):
    (place / "two.txt").write_text("x\ny\n")
    words = [word.replace("@", f"{place}/") for word in text.split()]
    out = tmp_path / "pages"
    assert main(["inside", *words, "--weights", f"{place}/net.safetensors", "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert not out.exists()


def test_outputs_are_looked_at_before_the_work(place, tmp_path, capsys, monkeypatch):
    def worked(*arguments):
        raise AssertionError("the work began")

    monkeypatch.setattr("cutaway.commands.classify.loaded", worked)
    photo = f"{place}/photo.png"
    command = ["inside", "cam", photo, "--weights", f"{place}/net.safetensors", "--out"]
    assert main([*command, str(tmp_path / "no" / "pages")]) == 2
    assert "create it first" in capsys.readouterr().err
    assert main([*command, photo]) == 2
    assert "is a file; expected the name of a folder" in capsys.readouterr().err
    (tmp_path / "cam.png").write_bytes((place / "photo.png").read_bytes())
    command[2] = str(tmp_path / "cam.png")
    assert main([*command, str(tmp_path)]) == 2
    assert "would overwrite what PHOTO reads" in capsys.readouterr().err
