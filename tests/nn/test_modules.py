"""Modules: paths, states, loading, summaries; data loaders; schedules; initialisers."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor
from cutaway.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, rng=0), nn.BatchNorm2d(4), nn.ReLU())
        self.classifier = nn.Linear(4, 2, rng=1)

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


def test_parameter_paths_are_pytorchs():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == [
        "features.0.weight",
        "features.0.bias",
        "features.1.weight",
        "features.1.bias",
        "classifier.weight",
        "classifier.bias",
    ]
    assert {"features.1.running_mean", "features.1.running_var", "features.1.num_batches_tracked"} <= set(
        net.state_dict()
    )


def test_state_goes_round_and_changes_nothing_unless_all_fits():
    a, b = Net(), Net()
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 5)).astype(np.float32)
    a(tensor(x))
    state = {k: v.copy() for k, v in a.state_dict().items()}
    b.load_state_dict(state)
    np.testing.assert_array_equal(a.eval()(tensor(x)).data, b.eval()(tensor(x)).data)
    before = {k: v.copy() for k, v in b.state_dict().items()}
    broken = {k: v + 1 for k, v in state.items()}
    broken["classifier.weight"] = np.zeros((2, 5))
    with pytest.raises(
        cutaway.ShapeError,
        match=r"(?s)8 of 9 entries of Net fit.*classifier\.weight: expected shape \(2, 4\), got \(2, 5\)",
    ):
        b.load_state_dict(broken)
    for name, values in b.state_dict().items():
        np.testing.assert_array_equal(values, before[name])


def test_strays_are_named_with_their_likeliest_counterpart():
    state = {k.replace("classifier", "classifer"): v for k, v in Net().state_dict().items()}
    with pytest.raises(
        cutaway.ShapeError,
        match=r"classifier\.weight \(2, 4\): missing; is it the file's classifer\.weight\?",
    ):
        Net().load_state_dict(state)
    missing, unexpected = Net().load_state_dict(state, strict=False)
    assert missing == ["classifier.weight", "classifier.bias"]
    assert unexpected == ["classifer.weight", "classifer.bias"]


def test_a_shared_module_is_counted_once():
    layer = nn.Linear(3, 3, rng=0)
    assert len(list(nn.Sequential(layer, nn.ReLU(), layer).parameters())) == 2


def test_common_mistakes():
    class Forgot(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(2, 2)

    with pytest.raises(
        AttributeError, match=r"Forgot: call super\(\).__init__\(\) before assigning self.layer"
    ):
        Forgot()
    net = Net()
    with pytest.raises(TypeError, match=r"weight is a parameter"):
        net.classifier.weight = np.zeros((2, 4))
    with pytest.raises(AttributeError, match="Net has no attribute 'clasifier'"):
        _ = net.clasifier
    with pytest.raises(cutaway.ShapeError, match=r"linear: x has 5 features, w \(O, I\) expects 4"):
        net.classifier(tensor(np.ones((2, 5), np.float32)))
    with pytest.raises(ValueError, match="3 input and 4 output channels do not divide into 2 groups"):
        nn.Conv2d(3, 4, 3, groups=2)


def test_hooks_see_and_replace_outputs():
    net = Net()
    shapes = []
    remove = net.features.register_forward_hook(lambda module, inputs, output: shapes.append(output.shape))
    net.classifier.register_forward_hook(lambda module, inputs, output: output * 0 + 7)
    y = net(tensor(np.ones((2, 3, 4, 4), np.float32)))
    assert shapes == [(2, 4, 4, 4)]
    assert (y.data == 7).all()
    remove()
    net(tensor(np.ones((2, 3, 4, 4), np.float32)))
    assert len(shapes) == 1


def test_summary_counts_parameters_and_flops():
    table = nn.summary(Net(), 1, 3, 8, 8)
    assert table == nn.summary(Net(), (1, 3, 8, 8))
    line = next(line for line in table.splitlines() if line.startswith("features.0"))
    assert "112" in line  # 4 * 3 * 9 + 4
    assert "13.8 k" in line  # 2 * 108 * 64
    assert table.splitlines()[-1] == "input (1, 3, 8, 8): 130 parameters (130 trained), 13.8 kFLOP forward"


def test_dropout_keeps_the_mean_and_is_silent_in_evaluation():
    layer = nn.Dropout(0.25, rng=0)
    x = tensor(np.ones(40_000, np.float32))
    y = layer(x).data
    assert abs((y == 0).mean() - 0.25) < 0.01
    assert set(np.unique(y)) == {np.float32(0), np.float32(4 / 3)}
    assert layer.eval()(x) is x


def test_the_padding_row_of_an_embedding_gets_no_gradient():
    table = nn.Embedding(5, 3, padding_idx=0, rng=0)
    y = table(np.array([[0, 2, 2]]))
    assert (y.data[0, 0] == 0).all()
    y.sum().backward()
    np.testing.assert_array_equal(table.weight.grad.data[:, 0], [0, 0, 2, 0, 0])


def test_unpooling_puts_values_back_where_they_were():
    rng = np.random.default_rng(0)
    x = rng.permutation(2 * 36).reshape(1, 2, 6, 6).astype(np.float32) + 1
    y, indices = F.max_pool2d(tensor(x), 2, return_indices=True)
    back = F.max_unpool2d(y, indices, 2).data
    np.testing.assert_array_equal(back[back > 0], x[np.isin(x, y.data)])
    overlapping, places = F.max_pool2d(tensor(x), 3, 2, 1, return_indices=True)
    again = F.max_unpool2d(overlapping, places, 3, 2, 1, output_size=(6, 6)).data
    assert set(np.unique(again)) <= {0, *overlapping.data.ravel()}


@pytest.mark.parametrize(("prefetch", "shuffle"), [(0, False), (2, True), (3, False)])
def test_loader_visits_each_item_once(prefetch, shuffle):
    loader = nn.DataLoader(nn.ArrayDataset(np.arange(10)), 4, shuffle=shuffle, prefetch=prefetch)
    first, second = ([batch[0] for batch in loader] for _ in range(2))
    assert [len(batch) for batch in first] == [4, 4, 2]
    assert sorted(np.concatenate(first)) == list(range(10))
    assert shuffle == (not np.array_equal(np.concatenate(first), np.concatenate(second)))


def test_a_batch_is_the_same_however_it_is_reached():
    def noisy(item, rng):
        return item[0] + rng.normal()

    loaders = [
        nn.DataLoader(nn.Mapped(nn.ArrayDataset(np.arange(10.0)), noisy), 3, shuffle=True, seed=5, prefetch=p)
        for p in (0, 2)
    ]
    whole = [list(loader.epoch(7)) for loader in loaders]
    for a, b in zip(*whole, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(whole[0][2], loaders[1].batch(7, 2))
    np.testing.assert_array_equal(whole[0][3], next(loaders[1].epoch(7, start=3)))


def test_an_error_in_a_transform_reaches_the_loop():
    def failing(item):
        raise OSError("image 3 is damaged")

    with pytest.raises(OSError, match="image 3 is damaged"):
        list(nn.DataLoader(nn.Mapped(nn.ArrayDataset(np.arange(4)), failing), 2))
    with pytest.raises(ValueError, match="items of one shape"):
        list(nn.DataLoader([np.zeros(2), np.zeros(3)], 2, prefetch=0))


def test_schedules():
    assert nn.schedule.poly(10)(10) == 0
    assert nn.schedule.poly(100)(0) == 1
    warm = nn.schedule.warm_up(4, nn.schedule.step(2))
    assert [round(warm(t), 4) for t in range(8)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 0.1, 0.1]
    slanted = nn.schedule.slanted_triangular(1000)
    assert max(range(1000), key=slanted) == 100


def test_initialisers_have_the_variance_they_promise():
    w = nn.Parameter(np.zeros((64, 32, 3, 3), np.float32))
    for fill, variance in [
        (nn.init.he_normal, 2 / 288),
        (nn.init.he_uniform, 2 / 288),
        (nn.init.glorot_normal, 2 / (288 + 576)),
        (nn.init.glorot_uniform, 2 / (288 + 576)),
    ]:
        fill(w, rng=0)
        assert w.data.var() == pytest.approx(variance, rel=0.05)


def test_identity_passes_an_image_through():
    for channels in [(4, 4), (4, 8), (8, 4)]:
        conv = nn.Conv2d(*channels, 3, padding=1, rng=0)
        nn.init.identity(conv.weight)
        nn.init.constant(conv.bias, 0)
        x = np.repeat(np.random.default_rng(0).normal(size=(1, 4, 5, 5)), channels[0] // 4, axis=1).astype(
            np.float32
        )
        y = conv(tensor(x)).data
        scale = 4 / channels[1] * (channels[0] // 4)
        np.testing.assert_allclose(
            y, np.repeat(x[:, :: channels[0] // 4], channels[1] // 4, axis=1) * scale, rtol=1e-6
        )


def test_a_bilinear_transposed_convolution_is_bilinear_interpolation():
    up = nn.ConvTranspose2d(2, 2, 4, stride=2, padding=1, bias=False, rng=0)
    nn.init.bilinear(up.weight)
    x = tensor(np.random.default_rng(0).normal(size=(1, 2, 6, 7)).astype(np.float32))
    inner = (slice(None), slice(None), slice(2, -2), slice(2, -2))
    np.testing.assert_allclose(
        up(x).data[inner], F.interpolate(x, scale_factor=2, mode="bilinear").data[inner], atol=1e-6
    )


@pytest.mark.parametrize(("size", "stride", "padding"), [(4, 2, 1), (3, 2, 0), (16, 8, 4)])
def test_frozen_and_thawed_interpolation_agree(size, stride, padding, rng, monkeypatch):
    """Frozen it goes along the lines; thawed, or with other weights, it is a transposed convolution."""
    stamped, correct = [], cutaway.core.ops.stamp
    monkeypatch.setattr(
        "cutaway.core.ops.stamp", lambda *xs, **options: stamped.append(1) or correct(*xs, **options)
    )
    up = nn.BilinearConvTranspose2d(3, size, stride, padding)
    x = tensor(rng.normal(size=(2, 3, 5, 4)).astype(np.float32), requires_grad=True)
    slope = rng.normal(size=up(x).shape).astype(np.float32)
    found = []
    for change in (lambda: None, up.requires_grad_, lambda: up.requires_grad_(False).weight.data.__imul__(2)):
        change()
        y = up(x)
        found += [(y.data, cutaway.grad(y, x, slope).data)]
        if up.weight.requires_grad:
            assert cutaway.grad(y, up.weight, slope).shape == (3, 3, size, size)
    assert len(stamped) == 2
    for a, b, doubled in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
        np.testing.assert_allclose(doubled, 2 * b, atol=1e-5)
    with pytest.raises(ValueError, match="x has 2 channels"):
        nn.BilinearConvTranspose2d(3, size, stride)(x[:, :2])


def test_clipping():
    w = tensor([3.0, 4.0], requires_grad=True)
    (w * w * 0.5).sum().backward()
    assert nn.optim.clip_grad_norm_([w], 1.0) == pytest.approx(5.0)
    np.testing.assert_allclose(w.grad.data, [0.6, 0.8], rtol=1e-6)
    nn.optim.clip_grad_value_([w], 0.7)
    np.testing.assert_allclose(w.grad.data, [0.6, 0.7], rtol=1e-6)


def test_groups_have_their_own_rates():
    a, b = tensor([1.0], requires_grad=True), tensor([1.0], requires_grad=True)
    optimiser = nn.optim.SGD([{"params": [a], "lr": 0.5}, {"params": [b]}], lr=0.1)
    (a + b).sum().backward()
    optimiser.step()
    np.testing.assert_allclose([a.item(), b.item()], [0.5, 0.9], rtol=1e-6)
    with pytest.raises(ValueError, match="is in two groups"):
        optimiser.add_group({"params": [a]})
    with pytest.raises(ValueError, match=r"unknown settings \['learning_rate'\]"):
        optimiser.add_group({"params": [tensor([1.0])], "learning_rate": 1})
