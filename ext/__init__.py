"""The kernels: plain NumPy arrays in, plain NumPy arrays out, each written three times (reference, Numba, C).

`conv`, `pool` and `upsample` are the public doors: they check shapes, allocate the result and hand over to
the fastest implementation that `dispatch` finds.  `kernels` shows and changes that choice.  Importing this
package imports no Numba.
"""
