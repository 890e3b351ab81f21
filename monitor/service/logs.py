"""What processes write to their logs: an error's kind and place, never its message, which may quote what somebody said or typed."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

from sqlalchemy.exc import StatementError

from monitor.problems import Problem


class DiscreetFormatter(logging.Formatter):
    """Formats errors by `describe`."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - named by logging
        """The error of a log record."""
        return describe(ei[1]) if ei[1] is not None else ""


def describe(error: BaseException) -> str:
    """An error and those that it came from, oldest first: where it happened line by line, and its kind.

    PostgreSQL quotes the row that it refuses, ValueError the text that is no number, KeyError the key: so no message is told, but for
    the few whose messages are ours or the system's.
    """
    lines: list[str] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        lines.append("".join(traceback.format_tb(each.__traceback__)) + _kind(each))
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n-- which led to:\n".join(reversed(lines))


def _kind(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    told: object = ""
    if isinstance(error, StatementError):
        # The statement has placeholders where values stood; the driver's own number says what it refused.
        told = f"{getattr(error.orig, 'sqlstate', None) or type(error.orig).__name__}: {error.statement}"
    elif isinstance(error, Problem):
        told = error.words.template
    elif isinstance(error, OSError):
        told = error.strerror
    elif isinstance(error, ImportError):
        told = error
    return f"{name}: {told}" if told else name


def log_to_stderr(name: str) -> None:
    """Begin this process's log, and let errors that nobody catches end in it as well."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(DiscreetFormatter(f"%(asctime)s {name} %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # One line for each request or job is too much of a log.
    for chatty in ("httpx", "httpcore", "apscheduler", "alembic", "zeep", "procrastinate"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    sys.excepthook = _ended
    threading.excepthook = lambda told: _ended(told.exc_type, told.exc_value, told.exc_traceback)


def _ended(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    if error is not None and issubclass(kind, Exception):
        logging.getLogger("quarantine").critical("an error that nobody awaited", exc_info=error)
