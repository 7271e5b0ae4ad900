"""Every door to a kernel gives the reference's result for a plain copy, or a clear error, whatever comes in: no
crash, no number written beside an array or into a read-only one.
"""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn
from cutaway.ext import fused, kernels, native
from cutaway.ext.dispatch import KERNELS, Kernel
from doors_of_kernels import doors
from hostile import clean, guarded, hostile

DOORS = doors(np.random.default_rng(3))
CLEAR = (ValueError, TypeError, IndexError)


def attempt(call, operands):
    """All results as arrays, or the error."""
    try:
        made = call(**operands)
    except CLEAR as error:
        return error
    values = [made] if not isinstance(made, (tuple, list)) else made
    return [np.array(each.data if isinstance(each, cutaway.Tensor) else each) for each in values]


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", DOORS)
def test_the_right_result_or_an_error(name, rung, running):
    call, operands = DOORS[name]
    accepted = 0
    for bad, plain in operands.items():
        for how, value in hostile(plain):
            before = value.tobytes()
            given = {key: guarded(each) for key, each in operands.items()}
            with running("reference"):
                expected = attempt(
                    call, {**{key: each.copy() for key, each in operands.items()}, bad: clean(value)}
                )
            with running(rung):
                found = attempt(call, {**{key: each for key, (each, _) in given.items()}, bad: value})
            where = f"{name}: {bad} {how}"
            assert all(is_whole() for _, is_whole in given.values()), f"{where}: written beside an array"
            assert value.flags.writeable or value.tobytes() == before, (
                f"{where}: a read-only array is written"
            )
            if isinstance(found, Exception):
                assert len(str(found)) > 20
                continue
            assert not isinstance(expected, Exception), f"{where}: accepted, but {expected}"
            accepted += 1
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3, err_msg=where)
    assert accepted >= len(operands)  # some layouts are no reason to refuse


@pytest.fixture(scope="module")
def calls():
    """What the doors hand to each compiled kernel: its name -> arguments."""
    found = {}
    patch = pytest.MonkeyPatch()
    original = Kernel.__call__

    def record(kernel, *arguments):
        found[kernel.name] = [each.copy() if isinstance(each, np.ndarray) else each for each in arguments]
        return original(kernel, *arguments)

    with patch.context() as context, kernels.use("c"):
        context.setattr(Kernel, "__call__", record)
        for call, operands in DOORS.values():
            call(**{key: each.copy() for key, each in operands.items()})
    return found


COMPILED = [name for name in KERNELS if hasattr(native.load(), name)]


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", COMPILED)
def test_a_compiled_kernel_itself_refuses_arrays_that_would_spoil_memory(name, calls):
    """Called past its door, with one array of all laid out otherwise, of another type or size."""
    kernel, plain, refused = KERNELS[name].find("c"), calls[name], 0
    for place, array in enumerate(plain):
        for how, value in hostile(array) if isinstance(array, np.ndarray) else ():
            if how.startswith("with "):
                continue  # what the numbers are is the business of the door
            pairs = [guarded(each) if isinstance(each, np.ndarray) else (each, bool) for each in plain]
            arguments = [each for each, _ in pairs]
            arguments[place], before = value, value.tobytes()
            try:
                kernel(*arguments)
            except (ValueError, TypeError):
                refused += 1
                continue
            where = f"{name}: argument {place} {how}"
            assert value.flags.c_contiguous, where
            assert value.flags.aligned, where
            assert value.dtype.isnative, where
            assert value.flags.writeable or value.tobytes() == before, where
            assert all(is_whole() for each, is_whole in pairs if isinstance(each, np.ndarray)), where
    assert refused > 10


def test_arrays_that_are_changed_do_not_share_memory(rung, running, rng):
    some = rng.normal(size=(3, 40))
    with pytest.raises(ValueError, match="p and v are both changed"):
        fused.sgd(some[0], some[1], some[1], rate=1, momentum=1, dampening=0, decay=0, nesterov=False)
    expected, settings = some[1, :-1] - some[1, 1:], {"momentum": 0, "dampening": 0, "decay": 0}
    p = some[1].copy()
    with running(rung):
        fused.sgd(p[1:], p[:-1], np.zeros(39), rate=1, nesterov=False, **settings)
    np.testing.assert_allclose(p[:-1], expected)


@pytest.mark.parametrize("optimiser", [nn.optim.SGD, nn.optim.Adam])
def test_a_view_takes_the_steps_of_its_copy(optimiser, rng):
    """Transposed, backwards, and with gaps; the memory that is viewed changes, and nothing beside it."""
    around, slopes = rng.normal(size=(90, 90)), rng.normal(size=(3, 80, 80))
    settings = {"lr": 0.1, **({"momentum": 0.9} if optimiser is nn.optim.SGD else {})}

    def walk(values):
        p = cutaway.tensor(np.zeros((80, 80)), requires_grad=True)
        p.data = values
        steps = optimiser([p], **settings)
        for g in slopes:
            p.grad = cutaway.tensor(g)
            steps.step()
        return p.data

    for view in (lambda a: a[5:85, 5:85], lambda a: a[5:85, 5:85].T, lambda a: a[84:4:-1, 5:85]):
        moved = around.copy()
        expected = walk(view(around).copy())
        assert np.shares_memory(walk(view(moved)), moved)
        np.testing.assert_allclose(view(moved), expected)
        assert (np.delete(moved, np.s_[5:85], 0) == np.delete(around, np.s_[5:85], 0)).all()


def test_a_gradient_of_another_shape_is_refused():
    p = cutaway.tensor(np.zeros(4), requires_grad=True)
    p.grad = cutaway.tensor(np.ones(4))
    p.data = np.zeros((4, 4))
    with pytest.raises(ValueError, match=r"shape \(4, 4\), its gradient \(4,\)"):
        nn.optim.SGD([p], lr=1.0).step()


def test_running_statistics_have_one_number_a_channel(rng):
    x = rng.normal(size=(2, 3, 5, 5))
    for training in (True, False):
        with pytest.raises(
            ValueError, match=r"running statistics of shape \(3,\), one a channel, got \(1,\)"
        ):
            nn.functional.batch_norm(x, np.zeros(1), np.ones(3), training=training)
