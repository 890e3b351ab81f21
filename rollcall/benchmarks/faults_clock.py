"""A fault of the bench: a machine's clock that is wrong. Gives processes a wall clock of their own, which is moved while they run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

COMPILER = shutil.which("cc") or shutil.which("gcc")
# Monotonic time stays true, as it does when somebody sets a clock.
_SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long moved_by(void) {
    const char *path = getenv("CLOCK_SHIFT_FILE");
    char text[32] = {0};
    if (!path) return 0;
    int file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
    if (file < 0) return 0;
    long count = syscall(SYS_read, file, text, sizeof text - 1);
    syscall(SYS_close, file);
    return count > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    long result = syscall(SYS_clock_gettime, which, now);
    if (result == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += moved_by();
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *where) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (where) *where = exact.tv_sec;
    return exact.tv_sec;
}
"""


def compiled(folder: Path, name: str, source: str) -> Path:
    """A library that stands before the others of a process. Raises RuntimeError without a C compiler."""
    if COMPILER is None:
        raise RuntimeError("a C compiler is missing: apt-get install gcc libc6-dev")
    library, written = folder / f"{name}.so", folder / f"{name}.c"
    written.write_text(source)
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", library, written], check=True)
    return library


class MovedClock:
    """Made once in a folder. environment: for processes that are to have it, and all that they start."""

    def __init__(self, folder: Path) -> None:
        """Raises RuntimeError without a C compiler."""
        self._file = folder / "shift"
        library = compiled(folder, "clock_shift", _SOURCE)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_SHIFT_FILE": str(self._file)}
        self.move(0)

    def move(self, seconds: int) -> None:
        """Let the clock be so far ahead of the true time from now on."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self._file)
