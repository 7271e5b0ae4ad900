"""PyTorch's names at the top of the package (``cutaway.cumsum``), beside those that it imports."""

from __future__ import annotations

_HOMES = {
    "create": "eye from_numpy full_like is_tensor linspace",
    "draw": "rand rand_like randint randn randn_like randperm",
    "functions": """
        all allclose any bmm clamp clone count_nonzero diagonal dot eq equal ge gt index_select isclose
        isfinite isinf isnan le lerp log10 log2 logical_and logical_not logical_or logical_xor lt masked_fill
        masked_select median mm movedim mv narrow ne nonzero numel outer permute reciprocal rsqrt
        scatter select square std swapaxes t tan transpose tril trunc triu unbind unflatten""",
    "ops": """
        add argmax argmin argsort ceil chunk cumprod cumsum div erf flatten floor floor_divide
        log_softmax mul neg prod remainder repeat_interleave reshape round sort squeeze sub topk
        unsqueeze""",
    "random": "initial_seed manual_seed",
    "save": "load save",
    "transforms": "hessian hvp jacobian jvp value_and_grad vjp",
    "types": "bool double float float16 float32 float64 half int int16 int32 int64 int8 long uint8",
}
NAMES: dict[str, tuple[str, str]] = {
    name: (home, name) for home, names in _HOMES.items() for name in names.split()
} | {"cat": ("ops", "concat"), "pow": ("ops", "power"), "inference_mode": ("mode", "no_grad")}
