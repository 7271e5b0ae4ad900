# What a kernel needs so as not to spoil memory: type, order and number of the numbers; part of _kernels.pyx.
# It takes some nanoseconds.  What the numbers mean, and a helpful error, is the business of the Python doors.

ctypedef void *address


cdef refuse(cnp.ndarray array, str expected):
    lies = "" if cnp.PyArray_ISCARRAY(array) else f", strides {(<object>array).strides}" + (
        "" if array.flags.writeable else ", read-only")
    raise ValueError(f"C kernel: expected {expected}, got {array.dtype} {(<object>array).shape}{lies}\n"
                     "    hint: call the function of cutaway.ext above it, which copies and explains")


cdef const kernels *table(cnp.ndarray array) except NULL:
    cdef int kind = cnp.PyArray_TYPE(array)
    if kind != cnp.NPY_FLOAT32 and kind != cnp.NPY_FLOAT64:
        refuse(array, "float32 or float64")
    return _double if kind == cnp.NPY_FLOAT64 else _float


cdef int expect_axes(cnp.ndarray array, int count) except -1:
    if array.ndim != count:
        refuse(array, f"{count} axes")
    return 0


cdef address whole(cnp.ndarray array, int kind, Py_ssize_t count) except NULL:
    """IN: so many numbers of this kind in one run."""
    if (cnp.PyArray_TYPE(array) != kind or cnp.PyArray_SIZE(array) != count
            or not cnp.PyArray_ISCARRAY_RO(array)):
        refuse(array, f"{count} numbers of {cnp.PyArray_DescrFromType(kind)} in one run")
    return cnp.PyArray_DATA(array)


cdef address in_(cnp.ndarray array, cnp.ndarray like, Py_ssize_t count) except NULL:
    """IN: as many numbers, of the type of ``like``."""
    return whole(array, cnp.PyArray_TYPE(like), count)


cdef address out(cnp.ndarray array, cnp.ndarray like, Py_ssize_t count) except NULL:
    """OUT: as `in_`, and they may be written."""
    if not cnp.PyArray_ISWRITEABLE(array):
        refuse(array, "an array that may be written")
    return whole(array, cnp.PyArray_TYPE(like), count)
