"""Ask for memory before it is needed: the processor's prefetch instruction, which Numba has no name for.

A loop that knows which rows it will need two steps ahead asks for them now; when it gets there they have come.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from .tables import LINE

WILL_WRITE, KEEP_CLOSE, DATA = 1, 3, 1  # the operands of llvm.prefetch


def _prefetch(typing_context, array, index):
    """``prefetch(array, index)``: bring the cache line of ``array[index]`` near; changes nothing."""
    del typing_context

    def code(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        place = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        builder.call(function, [place, number(WILL_WRITE), number(KEEP_CLOSE), number(DATA)])
        return context.get_dummy_value()

    return types.void(array, index), code


prefetch: Any = intrinsic(_prefetch)


@njit(nogil=True, boundscheck=False, cache=True, forceinline=True)
def ask(flat, place, length):
    """Ask for ``length`` numbers from ``place`` on."""
    for c in range(0, length, LINE):
        prefetch(flat, place + c)
