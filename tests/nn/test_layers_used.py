"""Layers as they are used: at the start, while training and after, in containers, and with the wrong shapes."""

from __future__ import annotations

import copy
import pickle

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor
from cutaway.nn import functional as F


def test_initial_weights_have_pytorchs_bounds():
    for layer, bound in [
        (nn.LSTM(30, 25, rng=0), 1 / 5),
        (nn.GRUCell(30, 16, rng=0), 1 / 4),
        (nn.RNN(3, 100, 2, bidirectional=True, rng=0), 1 / 10),
        (nn.ConvTranspose1d(40, 25, 4, rng=0), 1 / 10),
    ]:
        for path, p in layer.named_parameters():
            assert 0.85 * bound < np.abs(p.data).max() <= bound, path
            assert abs(p.data.mean()) < 0.3 * bound, path
    bag = nn.EmbeddingBag(100, 50, padding_idx=3, rng=0)
    assert not bag.weight.data[3].any()
    np.testing.assert_allclose(bag.weight.data.std(), 1, atol=0.05)


def test_running_statistics_without_momentum_are_the_means_of_all_batches(rng):
    for relu in (False, True):
        layer = nn.BatchNorm1d(3, momentum=None)
        net = nn.Sequential(layer, nn.ReLU()) if relu else layer
        batches = rng.normal(size=(4, 8, 3)).astype(np.float32)
        for x in batches:
            net(tensor(x))
        np.testing.assert_allclose(layer.running_mean, batches.mean((0, 1)), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(layer.running_var, batches.var(1, ddof=1).mean(0), rtol=1e-4)


@pytest.mark.parametrize(("kind", "shape"), [(nn.Dropout1d, (50, 8, 3)), (nn.Dropout2d, (50, 8, 2, 3))])
def test_whole_channels_are_dropped(kind, shape):
    layer, x = kind(0.25, rng=0), tensor(np.ones(shape), requires_grad=True)
    y = layer(x)
    flat = y.data.reshape(50, 8, -1)
    assert (flat == flat[..., :1]).all()
    assert 0.65 < (flat > 0).mean() < 0.85
    np.testing.assert_allclose(flat[flat > 0], 4 / 3)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, y.data)
    assert layer.eval()(x) is x
    with pytest.raises(ValueError, match="expected x with"):
        kind(0.5)(np.ones((2, 3)))
    with pytest.raises(ValueError, match=f"{kind.__name__}: expected a probability"):
        kind(2)


def test_a_long_sequence_has_gradients_in_time_proportional_to_it(rng):
    """Each slice is cut from its half: the sizes of all gradients together grow as T log T."""
    x = tensor(rng.normal(size=(64, 1, 2)), requires_grad=True)
    parts = x.unbind()
    y = sum(part.sum() * i for i, part in enumerate(parts))
    sizes, seen = 0, [y.node]
    for node in seen:
        sizes += sum(parent.shape[0] for parent in node.parents or () if node.label == "getitem")
        seen += [each for each in node.parents or () if each not in seen]
    assert sizes == 64 * (2 * 6 + 1)
    y.backward()
    np.testing.assert_array_equal(x.grad.data[:, 0, 0], np.arange(64))


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent_networks(kind, rng):
    net = kind(3, 4, 2, dropout=0.5, rng=0)
    x = rng.normal(size=(5, 2, 3)).astype(np.float32)
    first, second = net(x)[0].data, net(x)[0].data
    assert not np.allclose(first, second)
    net.eval()
    y, last = net(x)
    np.testing.assert_array_equal(y.data, net(x)[0].data)
    h = last[0] if kind is nn.LSTM else last
    np.testing.assert_array_equal(h.data[1], y.data[-1])
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(other(x)[0].data, y.data)
    with pytest.raises(ValueError, match=r"expected x \(T, N, 3\) with T >= 1, got shape \(5, 2, 4\)"):
        net(np.ones((5, 2, 4), np.float32))
    with pytest.raises(ValueError, match="T >= 1"):
        net(np.ones((0, 2, 3), np.float32))
    wrong = np.ones((1, 2, 4), np.float32)
    with pytest.raises(ValueError, match=r"first state\(s\) \(2, 2, 4\), got"):
        net(x, (wrong, wrong) if kind is nn.LSTM else wrong)
    with pytest.warns(UserWarning, match="dropout is between layers"):
        kind(3, 4, dropout=0.1)
    empty = net(np.ones((5, 0, 3), np.float32))[0]
    assert empty.shape == (5, 0, 4)
    empty.sum().backward()


def test_cells_and_nonlinearities_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match=r"GRUCell: expected x \(N, 3\) or \(3,\)"):
        nn.GRUCell(3, 4)(np.ones((2, 4), np.float32))
    with pytest.raises(ValueError, match=r"LSTMCell: expected a state \(2, 4\), got \(1, 4\)"):
        nn.LSTMCell(3, 4)(np.ones((2, 3), np.float32), (np.ones((2, 4)), np.ones((1, 4))))
    for kind in (nn.RNN, nn.RNNCell):
        with pytest.raises(ValueError, match="expected nonlinearity 'tanh' or 'relu', got 'gelu'"):
            kind(3, 4, nonlinearity="gelu")


def test_containers_of_modules_and_parameters():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.heads = nn.ModuleDict({"a": nn.Linear(2, 1, rng=0), "b": nn.ReLU()})
            self.scales = nn.ParameterList([np.ones(2, np.float32), tensor(2.0)])

        def forward(self, x, head):
            return self.heads[head](x * self.scales[0])

    net = Net()
    assert list(net.state_dict()) == ["heads.a.weight", "heads.a.bias", "scales.0", "scales.1"]
    net(np.ones((1, 2), np.float32), "a").sum().backward()
    assert net.scales[0].grad is not None
    heads = net.heads
    heads["c"] = nn.Tanh()
    assert (list(heads), len(heads), "b" in heads, list(heads.keys())) == (
        ["a", "b", "c"],
        3,
        True,
        ["a", "b", "c"],
    )
    del heads["b"]
    assert [type(each).__name__ for each in heads.values()] == ["Linear", "Tanh"]
    assert [name for name, _ in heads.items()] == ["a", "c"]
    with pytest.raises(TypeError, match="expected modules, got int at d"):
        heads["d"] = 3
    with pytest.raises(TypeError, match="keys is an attribute of the class"):
        heads["keys"] = nn.ReLU()
    assert (len(net.scales), len(net.scales[1:]), len(list(net.scales))) == (2, 1, 2)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: nn.Conv2d(1, 1, 3, padding="same", stride=2), "padding='same' needs stride 1"),
        (lambda: nn.Conv2d(1, 1, 3, padding="full"), "expected padding as numbers, 'same' or 'valid'"),
        (lambda: nn.Conv1d(1, 1, 3, padding_mode="zero"), "expected padding_mode 'zeros', 'reflect'"),
        (lambda: nn.ConvTranspose2d(1, 1, 3, padding="same"), "expected padding as numbers"),
        (
            lambda: F.conv2d(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), stride=2, padding="same"),
            "stride 1",
        ),
        (lambda: F.conv1d(np.ones((1, 1, 3)), np.ones((1, 1, 2)), padding="mirror"), "'same' or 'valid'"),
        (lambda: nn.ReflectionPad2d(3)(np.ones((1, 1, 3, 3))), "mode 'reflect' needs a width of at most 2"),
        (lambda: nn.CircularPad1d(4)(np.ones((1, 1, 3))), "mode 'circular' needs a width of at most 3"),
        (lambda: nn.ZeroPad2d(1)(np.ones((1, 3, 3))), r"ZeroPad2d: expected x \(N, C, H, W\)"),
        (lambda: nn.ZeroPad2d((1, 2)), r"expected one number or \(left, right, top, bottom\)"),
        (lambda: nn.GroupNorm(3, 4), "4 channels do not divide into 3 groups"),
        (lambda: nn.GroupNorm(2, 4)(np.ones((2, 6))), r"expected x \(N, 4, ...\)"),
        (lambda: nn.LayerNorm(3)(np.ones((2, 4))), r"layer_norm: expected x \(..., 3\), got \(2, 4\)"),
        (lambda: nn.InstanceNorm2d(3)(np.ones((2, 3, 4))), "InstanceNorm2d: expected 4 axes"),
        (lambda: nn.InstanceNorm2d(3)(np.ones((2, 3, 1, 1))), "several values a channel"),
        (lambda: nn.PReLU(3)(np.ones((2, 4))), r"prelu: expected x \(N, 3, ...\)"),
        (lambda: nn.MaxPool1d(2)(np.ones((2, 3, 4, 5))), r"max_pool1d: expected sequences \(N, C, L\)"),
        (lambda: nn.GELU("erf")(np.ones(3)), "expected approximate 'none' or 'tanh'"),
        (lambda: F.glu(np.ones((2, 3))), "expected an even size"),
        (lambda: F.hardtanh(np.ones(3), 1, 0), "expected min_val < max_val"),
        (lambda: F.pad(np.ones((2, 3)), (1, 1), "reflect", 2.0), "a value is for mode 'constant'"),
        (lambda: F.embedding_bag(np.array([0, 1]), np.ones((2, 3))), r"expected index \(B, L\), or \(n,\)"),
        (
            lambda: F.embedding_bag(np.array([0, 1]), np.ones((2, 3)), np.array([1])),
            "expected offsets from 0 on",
        ),
        (lambda: F.embedding_bag(np.array([[0, 2]]), np.ones((2, 3))), "weight has 2 rows"),
        (
            lambda: F.embedding_bag(np.array([[0]]), np.ones((2, 3)), mode="min"),
            "expected mode 'sum', 'mean'",
        ),
    ],
    ids=range(25),
)
def test_what_does_not_fit_is_refused(make, problem):
    with pytest.raises((ValueError, IndexError), match=problem):
        make()


def test_weighted_bags(rng):
    index, weight, factors = rng.integers(0, 5, size=(3, 4)), rng.normal(size=(5, 2)), rng.normal(size=(3, 4))
    found = F.embedding_bag(index, weight, mode="sum", per_sample_weights=factors)
    np.testing.assert_allclose(found, (weight[index] * factors[..., None]).sum(1))
    for mode in ("sum", "mean", "max"):
        cutaway.gradcheck(
            lambda w, mode=mode: F.embedding_bag(index, w, mode=mode), weight, order=2
        ).raise_if_failed()
        empty = F.embedding_bag(np.zeros((2, 0), int), weight, mode=mode)
        np.testing.assert_array_equal(empty, np.zeros((2, 2)))
    with pytest.raises(ValueError, match="per_sample_weights expect mode 'sum'"):
        F.embedding_bag(index, weight, per_sample_weights=factors)


def test_what_is_missing_says_what_to_write():
    for owner, name, hint in [
        (nn, "Conv3d", "nothing for volumes"),
        (nn, "BatchNormm2d", "did you mean BatchNorm2d"),
        (F, "scaled_dot_product_attention", "softmax"),
        (F, "crossentropy", "did you mean cross_entropy"),
    ]:
        with pytest.raises(AttributeError, match=rf"{owner.__name__} has no attribute '{name}'.*{hint}"):
            getattr(owner, name)
    for owner in (nn, F):
        assert set(dir(owner)) == set(owner.__all__)
        assert not [name for name in dir(owner) if name.startswith("_")]


def test_a_model_says_what_it_is():
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding="same", padding_mode="reflect"),
        nn.BatchNorm2d(8, momentum=None),
        nn.LeakyReLU(0.2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(8, 2, bias=False),
        nn.LSTM(2, 3, num_layers=2, batch_first=True),
    )
    assert repr(net).splitlines()[1:-1] == [
        "  (0): Conv2d(3, 8, kernel_size=(3, 3), padding='same', padding_mode='reflect')",
        "  (1): BatchNorm2d(8, eps=1e-05, momentum=None, affine=True, track_running_stats=True)",
        "  (2): LeakyReLU(negative_slope=0.2)",
        "  (3): MaxPool2d(2, stride=2)",
        "  (4): Flatten(start_dim=1, end_dim=-1)",
        "  (5): Linear(in_features=8, out_features=2, bias=False)",
        "  (6): LSTM(2, 3, num_layers=2, batch_first=True)",
    ]


TWICE = {
    "LayerNorm": (lambda: nn.LayerNorm(3), (2, 3)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), (2, 4, 3)),
    "InstanceNorm1d": (lambda: nn.InstanceNorm1d(2, affine=True), (2, 2, 3)),
    "RNN": (lambda: nn.RNN(2, 3, 2, bidirectional=True, rng=0), (3, 2, 2)),
    "LSTM": (lambda: nn.LSTM(2, 3, rng=0), (3, 2, 2)),
    "GRU": (lambda: nn.GRU(2, 3, batch_first=True, rng=0), (2, 3, 2)),
    "PReLU": (lambda: nn.PReLU(2), (3, 2)),
    "GLU": (lambda: nn.GLU(), (2, 4)),
    "SELU": (lambda: nn.SELU(), (2, 3)),
    "Mish": (lambda: nn.Mish(), (2, 3)),
    "Hardswish": (lambda: nn.Hardswish(), (2, 3)),
    "GELU": (lambda: nn.GELU("tanh"), (2, 3)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(2, 3, 2, stride=2, rng=0), (1, 2, 3)),
    "Conv2d": (lambda: nn.Conv2d(2, 2, (2, 3), padding="same", padding_mode="reflect", rng=0), (1, 2, 3, 3)),
    "CircularPad1d": (lambda: nn.CircularPad1d(2), (1, 2, 3)),
    "AvgPool1d": (lambda: nn.AvgPool1d(2, padding=1), (1, 2, 4)),
    "CosineSimilarity": (lambda: lambda x: nn.CosineSimilarity()(x, x.flip(0)), (3, 4)),
}


@pytest.mark.parametrize("name", TWICE)
def test_second_derivatives_in_inputs_and_parameters(name, rng):
    make, shape = TWICE[name]
    layer = make()
    parameters, names = [], []
    if isinstance(layer, nn.Module):
        layer.double()
        names = [path for path, _ in layer.named_parameters()]
        parameters = [p.data.copy() + 0.1 * rng.normal(size=p.shape) for p in layer.parameters()]

    def call(x, *values):
        for path, value in zip(names, values, strict=True):
            layer._parameters[path] = value
        y = layer(x)
        return y[0] if isinstance(y, tuple) else y

    cutaway.gradcheck(call, rng.normal(size=shape), *parameters, order=2).raise_if_failed()
