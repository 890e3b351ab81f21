"""Runs something in a process of its own that is killed at its n-th step, for every n: before each change of a file or a database."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

# What the interpreter tells of before it does it; plain reading is left out.
_CHANGES = {"os.rename", "os.remove", "os.link", "os.mkdir"}


def killed_at_every_step(act: Callable[[], None], most: int = 200) -> Iterator[int]:
    """Yield n after each run that SIGKILL ended at its n-th step; ends with the first run that came through.

    act: makes its own connections: it runs in a forked process.
    """
    for step in range(1, most):
        child = os.fork()
        if child == 0:
            _run(act, step)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            yield step
            continue
        assert os.WEXITSTATUS(status) == 0
        return
    raise AssertionError("it never came through")


def _run(act: Callable[[], None], step: int) -> None:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _CHANGES or (name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            count()

    code = 1
    try:
        sys.addaudithook(hook)
        event.listen(Engine, "commit", lambda _connection: count())
        act()
        code = 0
    finally:
        os._exit(code)
