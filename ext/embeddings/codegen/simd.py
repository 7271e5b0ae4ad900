"""Vector registers by name: LANES float32 numbers that are loaded, multiplied and stored in one instruction.

Of a loop over single numbers LLVM makes vectors only if it can prove that no row overlaps another, which it
never can of rows that are looked up while the program runs.  Written with these, the rows may lie where they
are::

    for c in range(sizes.stride):               for c in range(0, sizes.stride, LANES):
        y[c] += step_size * x[c]        ->          store(y, c, fma(step_size, load(x, c), load(y, c)))

What happens to rows that do overlap is said by the order of loads and stores.  No index is tested.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model


def _widest() -> int:
    """How many fill a register; rows are a multiple of 16, see `tables.stride`."""
    try:
        return 16 if llvm.get_host_cpu_features().get("avx512f") else 8
    except RuntimeError:  # LLVM does not know the processor
        return 8


LANES = _widest()
FLOAT, VECTOR = ir.FloatType(), ir.VectorType(ir.FloatType(), LANES)
FLOAT_BYTES = 4  # rows need not begin at a multiple of the vector's size


class Vector(types.Type):
    """Numba's name for LANES float32 numbers."""

    def __init__(self) -> None:
        super().__init__(name=f"Vector{LANES}")


vector = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    """They are one LLVM vector."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)


def _place(context, builder, signature, arguments):
    """The address of ``array[index]`` as that of a vector."""
    data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
    return builder.bitcast(builder.gep(data, [arguments[1]]), VECTOR.as_pointer())


def _wide(builder, value):
    """A number in every lane, or the lanes as they are."""
    if value.type == VECTOR:
        return value
    one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), value, ir.IntType(32)(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, one, mask)


def _load(typing_context, array, index):
    """``load(array, index)``: the LANES numbers from there on."""
    del typing_context

    def code(context, builder, signature, arguments):
        return builder.load(_place(context, builder, signature, arguments), align=FLOAT_BYTES)

    return vector(array, index), code


def _store(typing_context, array, index, value):
    """``store(array, index, value)``: write them there."""
    del typing_context

    def code(context, builder, signature, arguments):
        builder.store(arguments[2], _place(context, builder, signature, arguments), align=FLOAT_BYTES)
        return context.get_dummy_value()

    return types.void(array, index, value), code


def _fma(typing_context, a, b, c):
    """``fma(a, b, c)``: a * b + c; each of the three is a vector, or one float32 for all of them."""
    del typing_context

    def code(context, builder, signature, arguments):
        kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{LANES}f32")
        return builder.call(function, [_wide(builder, each) for each in arguments])

    return vector(a, b, c), code


def _total(typing_context, a):
    """``total(a)``: the sum of all lanes, float32."""
    del typing_context

    def code(context, builder, signature, arguments):
        kind = ir.FunctionType(FLOAT, [FLOAT, VECTOR])
        function = cgutils.get_or_insert_function(
            builder.module, kind, f"llvm.vector.reduce.fadd.v{LANES}f32"
        )
        return builder.call(function, [FLOAT(0.0), arguments[0]], fastmath=("reassoc",))

    return types.float32(a), code


def _opaque(typing_context, number):
    """``opaque(number)``: the number, of which LLVM knows nothing.

    So ``for c in range(0, opaque(sizes.stride), LANES)`` stays a loop.  Written out, LLVM would sum one
    row's dot product to its end before it begins the next, to save registers, and each sum would wait
    for the one before.
    """
    del typing_context

    def code(context, builder, signature, arguments):
        kind = ir.FunctionType(ir.IntType(64), [ir.IntType(64)])
        return builder.asm(kind, "", "=r,0", [arguments[0]], False)

    return types.int64(types.int64), code


opaque: Any = intrinsic(_opaque)
load: Any = intrinsic(_load)
store: Any = intrinsic(_store)
fma: Any = intrinsic(_fma)
total: Any = intrinsic(_total)
