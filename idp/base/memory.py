"""What the process keeps of memory that is free. Only glibc is asked to give it back: others do so by themselves, or never."""

from functools import cache
from typing import Any

_TRIM_THRESHOLD = -1  # M_TRIM_THRESHOLD of glibc's malloc.h
_KEPT = 64 * 1024 * 1024  # bytes at the end of a heap that stay with it while it is in use
_LARGE = 256 * 1024  # bytes: what a heap looks at its end for, when they are freed


def give_back() -> None:
    """Return free memory to the system: that of all heaps, and the end of the heap that the calling thread uses."""
    library = _glibc()
    if library is None:
        return
    library.mallopt(_TRIM_THRESHOLD, 0)
    library.free(library.malloc(_LARGE))  # `malloc_trim` passes over the ends of all heaps but the first
    library.mallopt(_TRIM_THRESHOLD, _KEPT)
    library.malloc_trim(0)


@cache
def _glibc() -> Any:
    """Return the C library where it is glibc, else None."""
    import ctypes  # here, for short commands have no use for it

    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # no dynamic loading here, or Windows
        return None
    if not hasattr(library, "gnu_get_libc_version"):
        return None
    library.malloc.argtypes, library.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    library.free.argtypes, library.free.restype = [ctypes.c_void_p], None
    return library
