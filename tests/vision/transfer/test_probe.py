"""The linear probe: scikit-learn's optimum, one minimum from every start, and a network that it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cutaway.nn.logistic import fit_logistic, objective
from cutaway.vision.classification.train import scores_of
from cutaway.vision.data.class_folders import Photos, find_classes
from cutaway.vision.networks.classification_net import classification_net
from cutaway.vision.networks.preprocess import Preprocess
from cutaway.vision.transfer import features as features_file
from cutaway.vision.transfer.features import features, layer_outputs
from cutaway.vision.transfer.probe import fit_probe, linear_probe, nearest, put_head
from scipy.sparse import csr_array

RECORDED = json.loads(Path(__file__).with_name("logistic.json").read_text())


def given(classes, seed):
    y = np.arange(40) % classes
    return np.random.default_rng(seed).normal(size=(40, 6)) + 0.8 * np.eye(6)[y], y


@pytest.fixture
def net():
    net = classification_net("small", 7, rng=3)
    net.preprocess = Preprocess(size=32, resize=None)
    return net


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: f"{case['classes']} classes")
def test_the_optimum_is_that_of_scikit_learn(case):
    x, y = given(case["classes"], case["seed"])
    model = fit_logistic(x, y, case["C"])
    coef, intercept = np.array(case["coef"]), np.array(case["intercept"])
    if case["classes"] == 2:
        coef, intercept = np.concatenate([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    np.testing.assert_allclose(model.weight, coef, atol=1e-4)
    np.testing.assert_allclose(model.bias - model.bias.mean(), intercept - intercept.mean(), atol=1e-4)


@pytest.mark.parametrize(("classes", "rows"), [(3, 3), (2, 2), (2, 1)])
def test_the_gradient_is_that_of_the_objective(classes, rows):
    x, y = given(classes, 1)
    at = np.random.default_rng(5).normal(size=7 * rows)
    _, gradient = objective(at, x, x.T, y, 0.7)
    for i in range(len(at)):
        step = 1e-5 * (np.arange(len(at)) == i)
        slope = (objective(at + step, x, x.T, y, 0.7)[0] - objective(at - step, x, x.T, y, 0.7)[0]) / 2e-5
        assert slope == pytest.approx(gradient[i], abs=1e-8)


@pytest.mark.parametrize("one_row", [False, True])
def test_sparse_rows_have_the_same_minimum(one_row):
    x, y = given(2, 3)
    x[np.abs(x) < 0.5] = 0
    plain, sparse = (fit_logistic(rows, y, 0.4, one_row=one_row) for rows in (x, csr_array(x)))
    np.testing.assert_allclose(sparse.weight, plain.weight, atol=1e-6)
    assert plain.weight.shape == (1 if one_row else 2, 6)


def test_one_row_is_scikit_learns_model_of_two_classes():
    case = next(case for case in RECORDED["cases"] if case["classes"] == 2)
    model = fit_logistic(*given(2, case["seed"]), 2 * case["C"], one_row=True)
    np.testing.assert_allclose(model.weight, case["coef"], atol=1e-4)
    np.testing.assert_allclose(model.bias, case["intercept"], atol=1e-4)


def test_two_starts_end_at_the_same_loss(rng):
    x, y = given(4, 2)
    one, other = (fit_logistic(x, y, 0.3, start=rng.normal(0, 5, (4, 7))) for _ in range(2))
    assert one.loss == pytest.approx(other.loss, rel=1e-9)
    np.testing.assert_allclose(one.weight, other.weight, atol=1e-5)
    assert fit_logistic(x, y, 0.3).loss == pytest.approx(one.loss, rel=1e-9)


@pytest.mark.parametrize(
    ("x", "y", "C", "said"),
    [
        (np.zeros((3, 2)), np.zeros(2, int), 1.0, r"got \(3, 2\) and \(2,\)"),
        (np.full((3, 2), np.nan), np.arange(3), 1.0, "expected finite features"),
        (np.zeros((3, 2)), np.arange(3), 0.0, "expected C above 0"),
    ],
)
def test_what_cannot_be_fitted_is_said(x, y, C, said):
    with pytest.raises(ValueError, match=said):
        fit_logistic(x, y, C)


def test_a_probe_learns_and_changes_no_bit_of_the_network(net, folder):
    net.train()
    before = {name: values.copy() for name, values in net.state_dict().items()}
    probe = linear_probe(net, find_classes(folder), grid=(0.01, 1.0))
    assert probe.validation_accuracy >= 0.75
    assert [C for C, _, _ in probe.sweep] == [0.01, 1.0]
    assert min(probe.sweep, key=lambda entry: entry[1])[0] == probe.C
    assert all(module.training for module in net.modules())
    for name, values in net.state_dict().items():
        np.testing.assert_array_equal(values, before[name], err_msg=name)


@pytest.mark.parametrize("name", ["small", "squeezenet1_1", "mobilenet_v1"])
def test_the_network_with_the_new_layer_says_what_the_probe_said(name, folder, net):
    if name != "small":
        options = {"width": 0.25} if name == "mobilenet_v1" else {}
        net = classification_net(name, 5, rng=1, **options)
        net.preprocess = Preprocess(size=64, resize=None)
    data = find_classes(folder)
    probe = linear_probe(net, data, grid=(1.0,))
    x, _ = features(net, data.val)
    put_head(net, probe)
    scores, _ = scores_of(net, data.val)
    expected = probe.model.scores(x)
    differences = scores[:, 1] - scores[:, 0], expected[:, 1] - expected[:, 0]
    np.testing.assert_allclose(*differences, atol=2e-3 * np.abs(differences[1]).max())


def test_features_of_the_cache_are_those_of_the_network(net, folder, tmp_path, monkeypatch):
    photos = find_classes(folder).train
    x, y = features(net, photos)
    assert x.shape == (len(photos), 64)
    assert y.tolist() == [number for _, number in photos]
    cache = tmp_path / "kept"
    np.testing.assert_array_equal(features(net, photos, cache)[0], x)
    (file,) = cache.iterdir()

    def worked(*given):
        raise AssertionError("it was kept")

    with monkeypatch.context() as patched:
        patched.setattr(features_file, "_through", worked)
        net.reset_classifier(3, rng=0)  # the last layer is no part of it
        np.testing.assert_array_equal(features(net, photos, cache)[0], x)
    images = Photos(photos)
    np.testing.assert_array_equal(features(net, [images[i] for i in range(len(images))])[0], x)
    for broken in (b"", b"nothing", file.read_bytes()[:-300], damaged(file.read_bytes())):
        file.write_bytes(broken)
        np.testing.assert_array_equal(features(net, photos, cache)[0], x)
    with file.open("wb") as changed:
        np.savez(changed, x=x[:, :9])
    np.testing.assert_array_equal(features(net, photos, cache)[0], x)


def damaged(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


def test_other_weights_photos_and_preprocessing_have_other_files(net, folder, tmp_path):
    photos, cache = find_classes(folder).train, tmp_path / "kept"
    changes = [
        lambda: None,
        lambda: net.features[0].weight.data.__iadd__(0.01),
        lambda: net.state_dict()["features.1.running_mean"].__iadd__(0.5),
        lambda: setattr(net, "preprocess", Preprocess(size=32, resize=40)),
        lambda: photos[0][0].write_bytes(photos[1][0].read_bytes()),
    ]
    for count, change in enumerate(changes, start=1):
        change()
        np.testing.assert_array_equal(features(net, photos, cache)[0], features(net, photos)[0])
        assert len(list(cache.iterdir())) == count


def test_the_last_layers_input_is_what_another_network_would_give(net, folder):
    photos = find_classes(folder).train
    x, _ = features(net, photos)
    outputs = layer_outputs(net, photos, ["avgpool", "features.0"])
    np.testing.assert_allclose(outputs["avgpool"], x, rtol=1e-5, atol=1e-5)  # watched, layers run one by one
    assert outputs["features.0"].shape == (len(photos), 16)
    assert layer_outputs(net, photos, ["features.0"], pixels=4)["features.0"].shape == (len(photos), 256)
    four = layer_outputs(net, photos, ["features.0"], pixels=4)["features.0"].reshape(len(photos), 16, 16)
    np.testing.assert_allclose(four.mean(2), outputs["features.0"], atol=1e-5)


def test_the_nearest_photos_vote():
    x = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0], [0.2, 1.0]])
    y = np.array([1, 1, 0, 0, 0])
    asked = np.array([[5.0, 0.2], [0.0, 3.0]])
    assert nearest(x, y, asked, k=3).tolist() == [1, 0]
    assert nearest(x, y, asked, k=5).tolist() == [0, 0]
    assert nearest(x * [[9], [9], [1], [1], [1]], y, np.array([[1.0, 1.0]]), k=1).tolist() == [0]


def test_C_is_chosen_without_the_photos_that_judge(rng):
    x, y = given(3, 1)
    other = rng.integers(0, 3, 40)
    assert fit_probe(x, y, x, y).sweep == fit_probe(x, y, -x, other).sweep


@pytest.mark.parametrize("one_row", [False, True])
def test_more_features_than_rows_have_the_same_optimum(rng, one_row):
    x, y = rng.normal(size=(12, 40)), np.arange(12) % 2
    x[3] = x[5]  # and rows that depend on each other
    found = fit_logistic(x, y, 2.0, one_row=one_row)
    direct = fit_logistic(x, y, 2.0, one_row=one_row, start=np.zeros((2 - one_row, 41)))
    assert found.loss == pytest.approx(direct.loss, rel=1e-9)
    np.testing.assert_allclose(found.weight, direct.weight, atol=1e-6)
    np.testing.assert_allclose(found.bias, direct.bias, atol=1e-6)
