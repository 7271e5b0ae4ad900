"""Walk the registry: every op that is declared is checked, none by hand."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.core.declaration import arguments
from cutaway.core.op import REGISTRY, Op, case, op

SAMPLES = [
    pytest.param(name, i, id=f"{name}-{i}")
    for name, each in REGISTRY.items()
    for i, _ in enumerate(each.samples(np.random.default_rng(0)))
]


def sample(name: str, index: int, seed: int = 0):
    """Return the op as a function of its operands, and one of its sample operands."""
    chosen = list(REGISTRY[name].samples(np.random.default_rng(seed)))[index]
    return (lambda *operands: REGISTRY[name](*operands, **chosen.options)), chosen.operands


@pytest.mark.parametrize(("name", "index"), SAMPLES)
def test_gradients_of_first_and_second_order(name, index):
    function, operands = sample(name, index)
    cutaway.gradcheck(function, *operands, order=2, name=name).raise_if_failed()


@pytest.mark.parametrize(("name", "index"), SAMPLES)
def test_arrays_give_arrays_and_tensors_the_same_values(name, index):
    function, operands = sample(name, index)
    plain = function(*operands)
    tracked = function(
        *[cutaway.tensor(np.asarray(x), requires_grad=True) if _floating(x) else x for x in operands]
    )
    assert not isinstance(plain, cutaway.Tensor)
    assert isinstance(tracked, cutaway.Tensor)
    np.testing.assert_array_equal(tracked.data, plain)


@pytest.mark.parametrize(("name", "index"), SAMPLES)
def test_float32_stays_float32(name, index):
    if name == "astype":
        pytest.skip("changing the type is what this op is for")
    function, operands = sample(name, index)
    single = [np.asarray(x, np.float32) if _floating(x) else x for x in operands]
    tensors = [cutaway.tensor(np.asarray(x), requires_grad=True) if _floating(x) else x for x in single]
    y = function(*tensors)
    assert y.dtype == np.float32
    y.backward(np.ones(y.shape, np.float32))
    for x in tensors:
        if isinstance(x, cutaway.Tensor) and x.grad is not None:
            assert x.grad.dtype == np.float32
    np.testing.assert_allclose(y.data, function(*operands), rtol=2e-4, atol=1e-4)


def test_every_op_has_samples_and_a_formula():
    for each in REGISTRY.values():
        assert each.formula
        assert list(each.samples(np.random.default_rng(0))), each.name


@pytest.mark.parametrize("seeds", [range(i, i + 20) for i in range(0, 200, 20)], ids=str)
def test_no_correct_op_is_rejected_over_200_seeds(seeds):
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for name, each in REGISTRY.items():
            if seed >= 25 and name.startswith(("conv2d", "max_pool", "avg_pool", "upsample", "pool_")):
                continue  # linear in every operand and slow: 25 seeds say the same
            for operands, options in each.samples(rng):

                def function(*xs, each=each, options=options):
                    return each(*xs, **options)

                report = cutaway.gradcheck(function, *operands, name=name, rng=seed)
                assert report, f"seed {seed}\n{report}"


FAST = [each for each in REGISTRY.values() if each.fast.forward or each.fast.rules]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("each", FAST, ids=lambda each: each.name)
def test_every_fast_form_gives_what_the_plain_one_gives(each, dtype, rng):
    compared = set()
    for operands, options in each.fast.samples(rng):
        operands = [x.astype(dtype) if _floating(x) else x for x in operands]
        options = {**each.defaults, **options}
        found = each.forward(*operands, **options)
        y, *aux = found if each.aux else (found,)
        if each.fast.forward and each.fast.serves(*operands):
            compared.add("forward")
            quick = each.fast.forward(*operands, **options)
            _assert_same(quick if each.aux else (quick,), (y, *aux), dtype)
        g = rng.normal(size=y.shape).astype(dtype)
        saved = (
            dict(zip(each.operands, operands, strict=False))
            | {"y": y}
            | dict(zip(each.aux, aux, strict=True))
        )
        shapes = {f"{name}_shape": np.shape(value) for name, value in saved.items()}
        for operand, rule in each.fast.rules.items():
            if each.fast.serves(g, *[saved[name] for name in arguments(rule) if name in saved]):
                compared.add(operand)
                forms = (rule, each.rules[operand])
                values = {**saved, **shapes, **options}
                quick, plain = (form(g, *[values[name] for name in arguments(form)]) for form in forms)
                _assert_same(*((quick, plain) if each.joint else ([quick], [plain])), dtype)
    assert compared == {*each.fast.rules, *(["forward"] if each.fast.forward else [])}, (
        "a form that is not tried"
    )


def _assert_same(found, expected, dtype):
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype == dtype
        tolerance = (3e-5 if dtype == np.float32 else 1e-12) * (1 + np.abs(b).max())
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


@pytest.fixture
def product():
    """An op with one rule for both operands, and a fast form of it for two arrays of more than 3 numbers."""
    calls = []

    @op("y = a b")
    class product:
        def forward(a, b):
            return a * b

        def vjp(g, a, b):
            return g * b, g * a

        def samples(rng):
            yield case(rng.normal(size=(2, 3)), rng.normal(size=3))

        class fast:
            def serves(*arrays):
                return all(type(each) is np.ndarray and each.size > 3 for each in arrays)

            def forward(a, b):
                calls.append("forward")
                return a * b

            def vjp(g, a, b):
                calls.append("vjp")
                return g * b, g * a

    yield product, calls
    del REGISTRY["product"]


def test_the_engine_takes_the_fast_form_of_what_it_serves(product, rng):
    each, calls = product
    for size, create_graph, expected in [
        (4, False, ["forward", "vjp"]),  # one call of the joint rule gives both gradients
        (4, True, ["forward"]),
        (3, False, []),
    ]:
        a, b = (cutaway.tensor(rng.normal(size=size), requires_grad=True) for _ in range(2))
        found = cutaway.grad(each(a, b).sum(), [a, b], create_graph=create_graph)
        assert calls == expected
        calls.clear()
        np.testing.assert_array_equal(found[0].data, b.data)
        np.testing.assert_array_equal(found[1].data, a.data)


def test_a_joint_rule_has_the_gradients_of_separate_ones(product, rng):
    each, _ = product
    assert isinstance(each, Op)
    cutaway.gradcheck(each, rng.normal(size=(2, 3)), rng.normal(size=3), order=2).raise_if_failed()
    x = cutaway.tensor(rng.normal(size=5), requires_grad=True)
    each(x, x).sum().backward()
    np.testing.assert_allclose(x.grad.data, 2 * x.data)
    a = cutaway.tensor(rng.normal(size=5), requires_grad=True)
    each(a, x.data).sum().backward()
    np.testing.assert_array_equal(a.grad.data, x.data)


def test_a_joint_rule_of_any_number_of_operands(rng):
    @op("y = 1 x_1 + 2 x_2 + ...")
    class ramp:
        def forward(*xs):
            return sum((i + 1) * x for i, x in enumerate(xs))

        def vjp(g, xs):
            return tuple((i + 1) * g for i in range(len(xs)))

        def samples(rng):
            yield case(rng.normal(size=3), rng.normal(size=3))

    del REGISTRY["ramp"]
    cutaway.gradcheck(ramp, *rng.normal(size=(3, 4)), order=2).raise_if_failed()
    x, z = (cutaway.tensor(rng.normal(size=2), requires_grad=True) for _ in range(2))
    for g, factor in zip(cutaway.grad(ramp(x, np.ones(2), z).sum(), [x, z]), (1, 3), strict=True):
        np.testing.assert_array_equal(g.data, [factor, factor])


def test_an_op_in_ten_lines():
    @op("y = x / (1 + |x|)")
    class softsign:
        def forward(x):
            return x / (1 + np.abs(x))

        def vjp_x(g, y):
            return g * (1 - cutaway.abs(y)) ** 2

        def samples(rng):
            yield case(rng.normal(size=(2, 3)))

    try:
        (x,) = next(softsign.samples(np.random.default_rng(0))).operands
        cutaway.gradcheck(softsign, x, order=2).raise_if_failed()
    finally:
        del REGISTRY["softsign"]


def test_a_rule_that_asks_for_the_unknown_is_refused_at_declaration():
    with pytest.raises(TypeError, match=r"vjp_x asks for 'z'.*it may ask for"):

        @op("y = x")
        class identity_with_typo:
            def forward(x):
                return x

            def vjp_x(g, z):
                return g

            def samples(rng):
                yield case(rng.normal(size=2))


def _floating(x) -> bool:
    return isinstance(x, (float, np.floating)) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")
