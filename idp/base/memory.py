"""What the process keeps of memory that is free. Only glibc is asked to keep less: others do so by themselves, or never."""

from functools import cache
from typing import Any

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def keep_one_heap() -> None:
    """Let threads that come from now on share the first one's heap, where what one has freed is there for all.

    glibc has up to eight heaps ("arenas") for each processor otherwise, each with its own free memory. Python takes its objects from
    elsewhere and lets one thread at a time work, so next to nobody waits for the heap.
    """
    library = _glibc()
    if library is not None:
        library.mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Return free memory of all heaps to the system."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


@cache
def _glibc() -> Any:
    """Return the C library where it is glibc, else None."""
    import ctypes  # here, for short commands have no use for it

    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # no dynamic loading here, or Windows
        return None
    return library if hasattr(library, "gnu_get_libc_version") else None
