"""`cutaway explain`: the numbers in the page are the network's, and mistakes are told before the work."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.lessons.explain_page import LIMIT
from cutaway.vision.classification.saved import save_classifier
from cutaway.vision.interpret.activations import activations
from cutaway.vision.networks.classification_net import classification_net
from cutaway.vision.networks.preprocess import Preprocess
from PIL import Image

LABELS = ["ant", "</script><b>bee", "fly"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A run's folder, photos, and the page of one of them."""
    root, rng = tmp_path_factory.mktemp("explain"), np.random.default_rng(0)
    net = classification_net("small", 3, rng=1)
    net.preprocess = Preprocess(40, 44, "BGR", 255, (100, 110, 120), (50, 60, 70))
    (root / "run").mkdir()
    (root / "photos").mkdir()
    save_classifier(root / "run" / "model.safetensors", net.eval(), "small", LABELS)
    for i in range(5):
        Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(root / "photos" / f"{i}.png")
    images = ["--images", f"{root}/photos", "--maps", "3"]
    flags = [
        "explain",
        f"{root}/run",
        f"{root}/photos/0.png",
        *images,
        "--out",
        f"{root}/page.html",
        "--json",
    ]
    assert main(flags) == 0
    return root, net


@pytest.fixture(scope="module")
def layers(place):
    text = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', (place[0] / "page.html").read_text()
    )
    return json.loads(text[1])


def floats(text, *shape):
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)


def test_the_embedded_numbers_reproduce_what_the_network_answers(place, layers):
    root, net = place
    x = net.preprocess(np.asarray(Image.open(root / "photos" / "0.png")))
    answers = activations(net, x, [layer["layer"] for layer in layers])
    assert len(layers) == 8, "all convolutions"
    for layer in layers:
        (rows, columns), (s, t) = layer["size"], layer["stride"]
        inputs = {int(i): floats(text, *layer["input_size"]) for i, text in layer["inputs"].items()}
        assert len(layer["units"]) == 3
        for unit in layer["units"]:
            kernels = floats(unit["kernels"], len(unit["inputs"]), *unit["kernel_size"])
            total = np.full((rows, columns), unit["bias"])
            for i, kernel in zip(unit["inputs"], kernels, strict=True):
                for (k, l), w in np.ndenumerate(kernel):
                    total += w * inputs[i][k : k + rows * s : s, l : l + columns * t : t][:rows, :columns]
            if "rest" in unit:
                total += floats(unit["rest"], rows, columns)
            np.testing.assert_allclose(total, answers[layer["layer"]][unit["channel"]], atol=2e-4)
            np.testing.assert_array_equal(
                floats(unit["values"], rows, columns), answers[layer["layer"]][unit["channel"]]
            )


def test_the_page_has_all_and_needs_no_network(place, layers):
    page = (place[0] / "page.html").read_text()
    assert len(page.encode()) < LIMIT
    assert not re.search(r"https?://|<link|@import|src=\"(?!data:)", page)
    assert page.count("<script") == page.count("</script>") == 2, "no text of a file ends a script"
    assert "&lt;/script&gt;&lt;b&gt;bee" in page
    assert layers[0]["names"] == ["blue", "green", "red"], "the network's order of colours"
    for n, layer in enumerate(layers):
        assert f'id="layer-{n}"' in page
        assert all(unit["patches"].startswith("data:image/jpeg") for unit in layer["units"])
        assert ["wanted" in unit for unit in layer["units"]] == [True, False, False]
    for kind in ("BatchNorm2d", "ReLU", "MaxPool2d"):
        assert f": {kind}, " in page


def test_the_pages_own_program_gets_the_same_sums(place):
    """A browser runs it, if there is one: the page says how far its sums are from the library's."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no browser")
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--dump-dom",
        f"file://{place[0]}/page.html",
    ]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    found = re.search(r"done (\d+) of its sums again.*?values: (\S+) of a map", dom)
    assert found, "the program ran to its end"
    assert int(found[1]) == 8 * 3 * 4
    assert float(found[2]) < 1e-5
    assert "The library: " in dom, "the first kernel is open"


def test_without_the_ascent_and_photos(place, tmp_path, capsys):
    root, _ = place
    out = tmp_path / "page.html"
    weights = ["--weights", f"{root}/run/model.safetensors"]
    command = ["explain", "small", f"{root}/photos/1.png", *weights, "--no-maximise", "--class", "ant"]
    assert main([*command, "--maps", "2", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("ant: probability")
    assert "8 layers" in printed
    assert '"wanted":' not in out.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("smal @photos/0.png", "NET: no network or run 'smal'"),
        ("@run no.png", "no.png"),
        ("@run @run/model.safetensors", "expected a JPEG, PNG, GIF or TIFF"),
        ("@run @photos/0.png --weights @run/model.safetensors", "is a run, which has its own"),
        ("@run @photos/0.png --images @none", "there is no folder"),
        ("@run @photos/0.png --maps 0", "--maps expects a number from 1, came 0"),
        ("@run @photos/0.png --class wasp", "--class: no class 'wasp'"),
        ("@run @photos/0.png --out @photos/0.png", "would overwrite what PHOTO reads"),
        ("@run @photos/0.png --out @no/page.html", "create it first"),
    ],
)
def test_mistakes_are_told_before_the_work(text, said, place, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("cutaway.commands.explain.made", lambda *given: pytest.fail("the work began"))
    words = [word.replace("@", f"{place[0]}/") for word in text.split()]
    out = [] if "--out" in words else ["--out", str(tmp_path / "page.html")]
    assert main(["explain", *words, *out]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_page_that_is_too_large_keeps_fewer_numbers(place, tmp_path, capsys, monkeypatch):
    root, _ = place
    out = tmp_path / "page.html"
    command = ["explain", f"{root}/run", f"{root}/photos/1.png", "--no-maximise", "--out", str(out)]
    assert main(command) == 0
    whole = len(out.read_bytes())
    monkeypatch.setattr("cutaway.lessons.explain_page.LIMIT", whole * 19 // 20)
    assert main(command) == 0
    assert len(out.read_bytes()) < whole * 19 // 20
    monkeypatch.setattr("cutaway.lessons.explain_page.LIMIT", 1000)
    capsys.readouterr()
    assert main(command) == 2
    assert "MB, expected less than" in capsys.readouterr().err
