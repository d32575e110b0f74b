"""What the process keeps of memory that is free. Only glibc is asked to give it back: others do so by themselves, or never."""

import ctypes
from functools import cache
from typing import Any


def give_back() -> None:
    """Return free memory to the system, wherever in the heaps it lies."""
    if (library := _glibc()) is not None:
        library.malloc_trim(0)


@cache
def _glibc() -> Any:
    """Return the C library where it is glibc, else None."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # no dynamic loading here, or Windows
        return None
    return library if hasattr(library, "gnu_get_libc_version") and hasattr(library, "malloc_trim") else None
