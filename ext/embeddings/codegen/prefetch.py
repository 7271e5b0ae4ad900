"""Have memory fetched before it is needed: the processor's prefetch instruction, which Numba has no name for.

A loop that knows which rows it will need two steps later has them fetched now; when it gets there,
they have come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ...numba_cache import njit
from ..tables import CACHE_LINE
from .settings import INLINE

WILL_READ, WILL_WRITE = 0, 1  # what will be written is taken out of the other cores' caches
KEEP_CLOSE, DATA = 3, 1  # the other operands of llvm.prefetch


def _prefetch(what_for: int) -> Callable[..., Any]:
    """``prefetch(array, index)``: bring the cache line of ``array[index]`` near; changes nothing."""

    def typed(typing_context, array, index):
        del typing_context

        def code(context, builder, signature, arguments):
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            byte = ir.IntType(8).as_pointer()
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            place = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
            builder.call(function, [place, number(what_for), number(KEEP_CLOSE), number(DATA)])
            return context.get_dummy_value()

        return types.void(array, index), code

    return typed


prefetch_to_read: Any = intrinsic(_prefetch(WILL_READ))
prefetch_to_write: Any = intrinsic(_prefetch(WILL_WRITE))


@njit(**INLINE, cache=True)
def prefetch_row(flat, place, length):
    """Bring ``length`` numbers from ``place`` on near; they will be moved."""
    for c in range(0, length, CACHE_LINE):
        prefetch_to_write(flat, place + c)
