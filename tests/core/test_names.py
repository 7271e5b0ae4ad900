"""Names: two spellings of axes, hints for what is called otherwise, and what a tensor says of itself."""

from __future__ import annotations

import copy

import cutaway
import numpy as np
import pytest
from cutaway import DtypeError, ShapeError, Tensor, tensor
from cutaway.core import ops


@pytest.fixture
def x(rng):
    return tensor(rng.normal(size=(2, 3)).astype(np.float32), requires_grad=True)


SPELT = {
    "sum": lambda x, **axis: x.sum(**axis),
    "mean": lambda x, **axis: x.mean(**axis),
    "amax": lambda x, **axis: x.amax(**axis),
    "norm": lambda x, **axis: x.norm(**axis),
    "std": lambda x, **axis: x.std(**axis),
    "logsumexp": lambda x, **axis: x.logsumexp(**axis),
    "argmax": lambda x, **axis: x.argmax(**axis),
    "top-level sum": lambda x, **axis: cutaway.sum(x, **axis),
    "op": lambda x, **axis: ops.mean(x, **axis),
    "composition": lambda x, **axis: ops.std(x, **axis),
}


@pytest.mark.parametrize("name", SPELT)
def test_dim_is_axis_and_both_are_an_error(name, x):
    call = SPELT[name]
    numpys, pytorchs = call(x, axis=1, keepdims=True), call(x, dim=1, keepdim=True)
    assert numpys.shape == (2, 1)
    np.testing.assert_array_equal(numpys.data, pytorchs.data)
    with pytest.raises(TypeError, match=r"axis=.*give one"):
        call(x, axis=1, dim=1)
    with pytest.raises(TypeError, match=r"keepdims=.*give one"):
        call(x, axis=1, keepdims=True, keepdim=True)


def test_an_axis_in_place_and_by_name_is_an_error(x):
    for call in (
        lambda: x.sum(0, axis=0),
        lambda: x.sum(0, dim=0),
        lambda: ops.squeeze(x, 0, dim=0),
        lambda: x.sum(0, True, 5),
    ):
        with pytest.raises(TypeError):
            call()


def test_the_word_decides_where_the_libraries_differ(x):
    values = np.asarray(x.data)
    np.testing.assert_array_equal(x.max(axis=1).data, values.max(1))
    np.testing.assert_array_equal(x.max(1).data, values.max(1))
    for found in (x.max(dim=1), x.max(1, keepdim=False)):
        np.testing.assert_array_equal(found.values.data, values.max(1))
        np.testing.assert_array_equal(found.indices.data, values.argmax(1))
    np.testing.assert_allclose(x.var().item(), values.var(), rtol=1e-6)
    np.testing.assert_allclose(x.var(1).data, values.var(1), rtol=1e-6)
    np.testing.assert_allclose(x.var(dim=1).data, values.var(1, ddof=1), rtol=1e-6)
    np.testing.assert_allclose(x.std().item(), values.std(ddof=1), rtol=1e-6)
    np.testing.assert_allclose(x.std(axis=1, ddof=0).data, values.std(1), rtol=1e-6)
    for call in (lambda: x.std(False), lambda: x.var(True)):
        with pytest.raises(TypeError, match="expected an axis, got"):
            call()


def test_of_equal_values_the_first_has_the_gradient_in_pytorchs_words_and_all_in_numpys():
    for call, expected in (
        (lambda x: x.max(dim=0).values, [0, 1, 0]),
        (lambda x: x.max(axis=0), [0, 0.5, 0.5]),
    ):
        x = tensor([1.0, 2.0, 2.0], requires_grad=True)
        call(x).backward()
        np.testing.assert_array_equal(x.grad.data, expected)


def test_products_have_right_gradients_at_zero(rng):
    for place in ([], [1], [1, 3]):
        x = rng.normal(size=5)
        x[place] = 0
        for call in (ops.prod, lambda x: ops.cumprod(x, 0)):
            cutaway.gradcheck(call, x, order=2).raise_if_failed()
    assert ops.prod(tensor(np.full(9, 2, np.int8))).item() == 512
    assert tensor([True, True]).prod().dtype == np.int64
    np.testing.assert_array_equal(ops.prod(np.zeros((0, 2)), axis=0), [1, 1])


def test_sorting_equals_and_missing_values():
    x = tensor([2.0, np.nan, 1.0, 2.0])
    np.testing.assert_array_equal(x.argsort().data, [2, 0, 3, 1])
    np.testing.assert_array_equal(x.argsort(descending=True).data, [1, 0, 3, 2])
    assert x.median(0).indices.item() == 1
    with pytest.raises(ValueError, match=r"topk: expected k in \[0, 4\]"):
        x.topk(5)


def test_a_matrix_is_not_transposed_two_ways(x):
    for axes in ((0, 1), (-2, -1), (0, -1)):
        with pytest.raises(ShapeError, match=r"(?s)matrix itself in NumPy, its transpose in PyTorch.*x\.T"):
            x.transpose(*axes)
    for turned in (x.transpose(1, 0), x.T, x.mT, x.t(), x.transpose(), x.transpose((1, 0)), x.swapaxes(0, 1)):
        np.testing.assert_array_equal(turned.data, x.data.T)
    assert x[None].transpose(1, 2).shape == (1, 3, 2)
    assert x[None].transpose(2, 0, 1).shape == (3, 1, 2)


def test_logic_of_bools_and_bits(x):
    low, high = x > -1, x < 1
    np.testing.assert_array_equal((low & high).data, np.abs(x.data) < 1)
    np.testing.assert_array_equal((low | ~high).data, (x.data > -1) | (x.data >= 1))
    np.testing.assert_array_equal((low ^ True).data, ~(x.data > -1))
    assert (tensor([6]) & 3).item() == 2
    assert (~tensor([6])).item() == -7
    assert not (low & high).requires_grad
    with pytest.raises(TypeError):
        x & x


def test_whole_quotients_and_remainders():
    a = tensor([5, -5, 5])
    np.testing.assert_array_equal((a // 3).data, [1, -2, 1])
    np.testing.assert_array_equal((a % 3).data, [2, 1, 2])
    np.testing.assert_array_equal((7 % a).data, [2, -3, 2])
    np.testing.assert_array_equal((7 // a).data, [1, -2, 1])


def test_types_and_copies(x):
    assert (x.long().dtype, x.bool().dtype, x.int().dtype, x.half().dtype) == (
        "int64",
        "bool",
        "int32",
        "float16",
    )
    assert x.to(np.float64).dtype == x.to("float64").dtype == x.to(tensor(np.ones(1))).dtype == np.float64
    assert x.to("cpu") is x.to(np.float32) is x.to(x.device) is x
    with pytest.raises(DtypeError, match="there is no cuda:0"):
        x.to("cuda:0")
    y = x.clone()
    y.backward(np.full((2, 3), 3.0))
    np.testing.assert_array_equal(x.grad.data, np.full((2, 3), 3))
    assert not np.shares_memory(y.data, x.data)
    assert x.detach().tolist() == x.data.tolist()
    assert (tensor(2.0).tolist(), tensor([[1, 2]]).tolist()) == (2.0, [[1, 2]])


def test_sizes(x):
    assert x.size == x.numel() == 6
    assert x.size() == x.shape == (2, 3)
    assert (x.size(1), x.size(-2), x.dim()) == (3, 2, 2)


def test_one_value_is_formatted(x):
    y = (x * 0 + 0.5).sum()
    assert (f"{y:.2f}", f"{y}") == ("3.00", "3.0")
    assert f"{x}" == str(x)
    with pytest.raises(ShapeError, match=r"(?s)format '.2f': expected one value.*\.mean\(\)"):
        f"{x:.2f}"


def test_what_is_missing_says_what_to_write(x):
    for name, hint in {
        "clamp_min": r"x\.clamp\(min=\.\.\.\)",
        "cuda": "leave it out",
        "sqrt_": r"y = x\.sqrt\(\.\.\.\)",
        "grad_fn": r"cutaway\.graph\(x\)",
    }.items():
        with pytest.raises(AttributeError, match=rf"Tensor has no attribute '{name}'.*{hint}"):
            getattr(x, name)
        assert not hasattr(x, name)
        assert not hasattr(Tensor, name)
        assert name not in dir(x)
    assert copy.deepcopy(x).grad is None


def test_a_list_is_no_tensor_yet():
    for wrong in ([1.0, 2.0], 3, None, tensor([1.0])):
        with pytest.raises(
            DtypeError, match=r"expected an array, got \w+; cutaway\.tensor\(\[1\.0, 2\.0\]\)"
        ):
            Tensor(wrong)


def test_completion_shows_no_internals(x):
    assert {"sum", "shape", "grad", "backward"} <= set(dir(x))
    assert not [name for name in dir(x) if name.startswith("_") and not name.endswith("__")]


def test_masks_are_bools(x):
    with pytest.raises(DtypeError, match=r"(?s)masked_fill: expected a mask of bools.*mask\.bool\(\)"):
        x.masked_fill(x.detach(), 0)
    with pytest.raises(DtypeError, match="masked_select"):
        x.masked_select(tensor([1, 0, 1]))


def test_shapes_that_do_not_fit_are_refused(x):
    for call in (
        lambda: x.mm(x[None]),
        lambda: x.bmm(x),
        lambda: x.dot(x),
        lambda: x.repeat(2),
        lambda: x.chunk(0),
        lambda: x.narrow(1, 2, 2),
        lambda: x.unflatten(1, (2, 2)),
        lambda: x.expand(-1, -1, -1),
        lambda: x[None].t(),
        lambda: tensor(1.0).cumsum(0),
    ):
        with pytest.raises(ValueError, match=r"\w+"):
            call()


def test_the_empty_and_the_single(x):
    none = tensor(np.zeros((0, 3), np.float32), requires_grad=True)
    assert [part.shape for part in none.chunk(2)] == [(0, 3), (0, 3)]
    assert none.sort(0).values.shape == none.cumsum(0).shape == none.flip(0).shape == (0, 3)
    assert none.repeat(2, 1).shape == (0, 3)
    none.sort(1).values.sum().backward()
    assert none.grad.shape == (0, 3)
    one = tensor(2.0, requires_grad=True)
    one.sort(0).values.backward()
    assert (one.grad.item(), one.max(dim=0).indices.item(), one.argsort(0).shape) == (1, 0, ())


def test_changes_in_place_are_those_of_the_methods(rng):
    index, mask = np.array([[0, 2], [1, 1]]), rng.normal(size=(2, 3)) > 0
    start = rng.normal(size=(2, 3))
    for name, arguments, expected in [
        ("sub_", (2.0,), start - 2),
        ("div_", (tensor(4.0),), start / 4),
        ("fill_", (3,), np.full((2, 3), 3)),
        ("zero_", (), np.zeros((2, 3))),
        ("clamp_", (-0.5, 0.5), start.clip(-0.5, 0.5)),
        ("masked_fill_", (mask, -1), np.where(mask, -1, start)),
        ("scatter_", (1, index, 5.0), [[5, start[0, 1], 5], [start[1, 0], 5, start[1, 2]]]),
    ]:
        x = tensor(start)
        before = x.data
        assert getattr(x, name)(*arguments) is x
        np.testing.assert_array_equal(x.data, expected)
        assert x.data is before
        with pytest.raises(cutaway.GradientError, match="in-place change"):
            getattr(tensor(start, requires_grad=True), name)(*arguments)


def test_the_last_of_several_stays_and_has_the_gradient(rng):
    x, source = (tensor(rng.normal(size=shape), requires_grad=True) for shape in ((3,), (4,)))
    y = x.scatter(0, np.array([0, 2, 0, 2]), source)
    np.testing.assert_array_equal(y.data, [source.data[2], x.data[1], source.data[3]])
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, [0, 1, 0])
    np.testing.assert_array_equal(source.grad.data, [0, 0, 1, 1])
    with pytest.raises(ValueError, match="expected a source of the index' shape"):
        x.scatter(0, np.array([0]), source)
    assert x.scatter(0, np.zeros(0, int), np.zeros(0)).shape == (3,)


def test_numpys_arrays_and_functions_meet_tensors(x):
    values = np.asarray(x.detach().data)
    for found, expected in [
        (values % x, np.zeros((2, 3))),
        (values // x, np.ones((2, 3))),
        (np.floor(x), np.floor(values)),
        (np.ceil(x), np.ceil(values)),
        (np.rint(x), np.rint(values)),
        (np.square(x), values**2),
        ((values > 0) & (x > 0), values > 0),
        (np.logical_not(x > 0), values <= 0),
        (np.isnan(x), np.zeros((2, 3), bool)),
        (values < x, np.zeros((2, 3), bool)),
        (x.clip(min=-0.5, max=0.5), values.clip(-0.5, 0.5)),
        (cutaway.clip(x, max=0.1), values.clip(None, 0.1)),
    ]:
        assert isinstance(found, Tensor)
        np.testing.assert_allclose(found.data, expected, rtol=1e-6)
    assert np.square(x).requires_grad
    with pytest.raises(TypeError, match="give one"):
        x.clip(0.0, high=1.0, max=2.0)
