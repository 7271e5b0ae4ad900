"""The kernels: plain NumPy arrays in, plain NumPy arrays out, each written three times (reference, Numba, C).

`conv`, `pool`, `upsample` and `fused` are the public doors: they check shapes, get memory for the result from
`memory` and hand over to the fastest implementation that `dispatch` finds.  `kernels` shows and changes that
choice; for a convolution `kernels.explain` says which algorithm runs, and why.  Importing this
package imports no Numba.
"""

from . import threads
