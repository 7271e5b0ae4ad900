"""The inspector's page holds the vectors, whatever the words are; its maps keep neighbours."""

from __future__ import annotations

import base64
import json
import re

import cutaway
import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.nn.tsne import conditional, gradient, joint, tsne
from cutaway.text import WordVectors
from cutaway.text.vectors.inspector import quantise, write_inspector


def clusters(rng, groups=3, each=40, dim=10):
    centres = 4 * rng.normal(size=(groups, dim))
    return (np.repeat(centres, each, 0) + 0.3 * rng.normal(size=(groups * each, dim))).astype(np.float32)


def page_data(path):
    text = path.read_text(encoding="utf-8")
    (found,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', text, re.S)
    return json.loads(found)


def test_the_page_holds_words_vectors_and_maps(rng, tmp_path):
    words = ["</script>", "<b>", "\u2028", 'a"b', "привет", *(f"word{i}" for i in range(115))]
    vectors = WordVectors(words, clusters(rng))
    write_inspector(vectors, tmp_path / "page.html", words=110, mapped=100)
    data = page_data(tmp_path / "page.html")
    assert data["words"] == words[:110]
    rows = np.frombuffer(base64.b64decode(data["vectors"]), np.int8).reshape(110, data["dim"])
    scale = np.frombuffer(base64.b64decode(data["scale"]), np.float32)
    np.testing.assert_allclose(rows * scale[:, None], vectors.unit[:110], atol=1 / 254)
    sizes = {name: len(base64.b64decode(text)) // 4 for name, text in data["maps"].items()}
    assert sizes == {"PCA": 110, "t-SNE": 100}


def test_quantised_neighbours_are_the_exact_ones_but_for_near_ties(rng):
    unit = rng.normal(size=(500, 100))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    rows, scale = quantise(unit)
    assert np.abs((rows * scale[:, None]) @ unit.T - unit @ unit.T).max() < 0.01


def test_the_command(rng, tmp_path, capsys):
    WordVectors([f"w{i}" for i in range(120)], clusters(rng)).save(tmp_path / "v.bin")
    assert main(["inspect", str(tmp_path / "v.bin"), "--words", "50"]) == 0
    assert page_data(tmp_path / "v.html")["words"][-1] == "w49"
    WordVectors(["a", "b"], np.eye(2)).save(tmp_path / "two.bin")
    assert main(["inspect", str(tmp_path / "two.bin")]) == 2
    assert "at least 3 words" in capsys.readouterr().err


def test_tsne_has_the_asked_perplexity(rng):
    distance = rng.random(200) * 50
    p = conditional(distance, 20.0)
    assert np.exp(-(p * np.log(p)).sum()) == pytest.approx(20.0, rel=1e-6)
    whole = joint(clusters(rng), 15.0)
    np.testing.assert_allclose(whole, whole.T)
    assert whole.sum() == pytest.approx(1, rel=1e-5)


def test_the_gradient_of_tsne_is_that_of_its_divergence(rng):
    p = joint(clusters(rng, each=12), 5.0).astype(np.float64)
    p /= p.sum()
    y = cutaway.tensor(rng.normal(size=(len(p), 2)), requires_grad=True)
    difference = y.reshape(-1, 1, 2) - y.reshape(1, -1, 2)
    near = (1 / (1 + (difference * difference).sum(axis=2))) * (1 - np.eye(len(p)))
    q = near / near.sum() + np.eye(len(p))
    (-(p * cutaway.log(q)).sum()).backward()
    np.testing.assert_allclose(gradient(p, y.data), y.grad.data, rtol=1e-8, atol=1e-12)


def test_tsne_keeps_groups_together_and_repeats_itself(rng):
    x = clusters(rng)
    y = tsne(x, perplexity=10.0, steps=250)
    np.testing.assert_array_equal(y, tsne(x, perplexity=10.0, steps=250))
    nearest = np.argsort(((y[:, None] - y) ** 2).sum(2), axis=1)[:, 1:6]
    # which way a point on the fence falls depends on the last bit of a sum, so on the processor; chance is 0.33
    assert (nearest // 40 == np.arange(120)[:, None] // 40).mean() > 0.95
    with pytest.raises(ValueError, match="at most 8000"):
        tsne(x[:20])


@pytest.mark.parametrize(("value", "says"), [(1.0, "all rows are equal"), (np.nan, "a row is not finite")])
def test_no_map_of_rows_that_say_nothing(value, says):
    with pytest.raises(ValueError, match=says):
        tsne(np.full((100, 5), value), perplexity=10)
