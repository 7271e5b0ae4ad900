"""What a `Tensor` can be asked, by kind: PyTorch's and NumPy's names for what the ops in `core.ops` do.

An axis is given as ``axis=`` or ``dim=``, ``keepdims=`` or ``keepdim=``.  Where the two libraries answer
differently, the word decides: ``x.max(axis=1)`` gives the values, ``x.max(dim=1)`` values and indices.
"""
