"""Memory that was freed is kept for the next array.

glibc gives every freed array above 128 KiB back to the system at once, and so it does with what lies free at the end of its heap.
Our steps make and drop arrays of that size all the time: each then costs a page fault every 4 KiB, which takes several times as
long as the arithmetic on it, and two processes that do so wait for one another in the kernel. glibc raises both limits by
itself to the size of the largest array (up to 32 MiB) that it has once mapped and freed, so that one such array, never
written to, is enough. It is inherited by forked workers; elsewhere than on glibc it does nothing.
"""

import numpy as np

KEPT = 31 * 2**20  # bytes: arrays up to this size are kept


def keep_freed() -> None:
    """Let this process keep the memory of arrays up to KEPT bytes, and at most twice that much at the end of its heap."""
    np.empty(KEPT, np.uint8)
