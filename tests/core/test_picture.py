"""Pictures of the graph: they show what was computed, mark what went wrong, and stay readable when it is
large.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor
from cutaway.core.picture.layout import place


def branches(value):
    x = tensor([1.0, -2.0], requires_grad=True)
    with cutaway.keep_values():
        return (cutaway.relu(x * value) + cutaway.exp(x)).sum()


def test_every_form_shows_every_box_and_edge():
    picture = cutaway.graph(branches(3.0))
    text, mermaid, svg = str(picture), picture.mermaid(), picture.svg()
    labels = ["leaf", "mul", "relu", "exp", "add", "sum"]
    for label in labels:
        assert label in text
        assert label in mermaid
        assert label in svg
    assert mermaid.count("-->") == 6
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert svg.count("<rect") == len(labels)
    assert svg.count("marker-end") == 6


def test_values_and_gradients_are_the_real_ones():
    rows = {v.label: v for v in cutaway.graph(branches(3.0)).vertices}
    assert rows["relu"].value == "[3, 0]"
    assert rows["leaf"].norm == pytest.approx(np.hypot(3 + np.e, np.exp(-2.0)), rel=1e-6)
    assert rows["exp"].size == 8


def test_zero_gradients_and_non_finite_values_are_marked():
    x = tensor([-1.0, -2.0], requires_grad=True)
    y = (cutaway.relu(x) * 2).sum()
    assert "zero gradient" in str(cutaway.graph(y)).splitlines()[0]
    with np.errstate(divide="ignore"):
        z = cutaway.log(tensor([0.0, 1.0], requires_grad=True)).sum()
    picture = cutaway.graph(z)
    assert "non-finite" in str(picture)
    assert "▲ non-finite" in picture.svg()
    assert ":::" not in picture.mermaid()
    assert "class n0 bad" in picture.mermaid()


def test_folding_by_module():
    net = nn.Sequential(nn.Sequential(nn.Linear(3, 4, rng=0), nn.Tanh()), nn.Linear(4, 1, rng=1))
    y = net(tensor(np.ones((2, 3), np.float32))).sum()
    whole, halves, one = (cutaway.graph(y, fold) for fold in (None, 1, 0))
    assert [v.label for v in one.boxes] == ["Sequential", "sum"]
    assert [v.label for v in halves.boxes] == ["Sequential", "Linear", "sum"]
    assert sum(v.count for v in halves.boxes) == len(whole.boxes)
    assert "    Linear" in str(whole)
    named = cutaway.graph(y, names=dict(net.named_parameters()))
    assert "0.0.weight" in str(named)


def test_5000_nodes():
    x = y = tensor(1.0, requires_grad=True)
    for _ in range(2500):
        y = y * 0.999 + x
    picture = cutaway.graph(y)
    assert len(picture.boxes) == 5001
    assert picture.svg().count("<rect") == 5001


def test_boxes_of_a_row_do_not_overlap_and_edges_go_down():
    rng = np.random.default_rng(0)
    parents = [[int(p) for p in rng.integers(0, i, size=min(i, rng.integers(0, 4)))] for i in range(60)]
    layout = place(parents)
    for row in range(layout.layer.max() + 1):
        xs = np.sort(layout.x[layout.layer == row])
        assert (np.diff(xs) > 1 - 1e-9).all()
    for i, operands in enumerate(parents):
        assert all(layout.layer[p] < layout.layer[i] for p in operands)


def test_saving_by_ending(tmp_path):
    picture = cutaway.graph(branches(1.0))
    for ending, start in ((".svg", "<svg"), (".mmd", "flowchart"), (".txt", "#0")):
        picture.save(tmp_path / f"graph{ending}")
        assert (tmp_path / f"graph{ending}").read_text().startswith(start)
    with pytest.raises(ValueError, match=r"ending in .svg, .mmd, .txt, got 'graph.png'"):
        picture.save(tmp_path / "graph.png")


def test_no_graph_no_picture():
    with pytest.raises(cutaway.GradientError, match="y has no graph"):
        cutaway.graph(tensor(1.0))
    y = cutaway.exp(tensor(1.0, requires_grad=True))
    y.backward(retain_graph=False)
    with pytest.raises(cutaway.GradientError, match="were freed"):
        cutaway.graph(y)


def test_names_with_control_characters_are_harmless_in_every_form():
    """A module's class and a tensor may have any name; SVG cannot hold such characters, a terminal obeys them."""
    kind = type("Odd\x01\x1b[31m<Layer>", (nn.Module,), {"forward": lambda self, x: x * 2})
    x = tensor([1.0], requires_grad=True)
    for fold, name in ((0, "Odd\ufffd\ufffd[31m"), (None, "in\ufffdput")):
        picture = cutaway.graph(kind()(x).sum(), fold=fold, names={"in\x07put": x})
        ElementTree.fromstring(picture.svg())
        for form in (picture.svg(), picture.mermaid(), picture.text()):
            assert name in form
            assert not set(form) & set("\x01\x07\x1b")
