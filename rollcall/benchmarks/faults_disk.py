"""A fault of the bench: a SQLite database whose file can neither be read nor written for a while, as on a disk that fails."""

from __future__ import annotations

from pathlib import Path

from rollcall.benchmarks.faults_clock import compiled

# What is open stays open, and nothing of it is lost; root may read every file, so its rights would keep nobody from it.
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(int file) {
    const char *flag = getenv("DISK_FAULT_FILE");
    char link[32], path[4096];
    if (!flag || access(flag, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    long length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, ".db") != NULL;
}

ssize_t pread64(int file, void *into, size_t count, off_t from) {
    if (fails(file)) { errno = EIO; return -1; }
    return syscall(SYS_pread64, file, into, count, from);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t to) {
    if (fails(file)) { errno = EIO; return -1; }
    return syscall(SYS_pwrite64, file, bytes, count, to);
}
"""


class FailingDisk:
    """Made once in a folder. environment: for processes that are to meet it, and all that they start."""

    def __init__(self, folder: Path) -> None:
        """Raises RuntimeError without a C compiler."""
        self._flag = folder / "disk-fails"
        self.environment = {"LD_PRELOAD": str(compiled(folder, "disk_fault", _SOURCE)), "DISK_FAULT_FILE": str(self._flag)}

    def fail(self) -> None:
        """From now on the database's file gives and takes nothing."""
        self._flag.touch()

    def mend(self) -> None:
        """It does again."""
        self._flag.unlink(missing_ok=True)
