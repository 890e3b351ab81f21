"""Typst in a process of its own with little memory and time: whatever a document does to it, nothing else falls.

The process reads documents as JSON, one a line, and writes for each its length, in eight bytes, and its PDF. Nothing comes from the
network or from fonts of the machine, and what people typed is data, never part of the template.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from monitor.problems import BadInput, Problem
from monitor.words import N_

FONTS = Path(__file__).parent / "fonts"
MEMORY = 512 * 2**20
"""Bytes of addresses; a letter needs less than 192 MB of them, Python and typst's own code included."""
SECONDS, SECONDS_EACH = 20, 2
MOST_BYTES = 64 * 1024
"""Of one document as JSON, where its caller says nothing else: a page or two."""
MOST_PDF = 16 * 2**20
# In place of a length.
_REFUSED = 0
_HEAD = 8  # bytes of a length


class NotSet(Problem):
    """The document could not be set."""

    status = 503


def set_documents(template: Path, lines: Sequence[bytes], *, memory: int = MEMORY) -> Iterator[bytes | None]:
    """The PDF of each document in its order, as soon as it is set; None where one cannot be set.

    template: its folder is all that it can read. lines: see `line_of`. memory: bytes of addresses that the process may have.
    Raises NotSet where the process ran out of memory or time.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "monitor.typesetting.process", str(memory), str(template)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        alarm = threading.Timer(SECONDS + SECONDS_EACH * len(lines), child.kill)
        feeding = threading.Thread(target=_feed, args=(child.stdin, lines), daemon=True)
        alarm.start()
        feeding.start()
        try:
            for _each in lines:
                yield _read(child.stdout)
        finally:
            # Also where the caller stops in between.
            alarm.cancel()
            child.kill()
            feeding.join()


def set_document(template: Path, content: Mapping[str, Any], *, most_bytes: int = MOST_BYTES, memory: int = MEMORY) -> bytes:
    """The PDF of one document. content: what the template reads; most_bytes: of it as JSON. Raises BadInput, NotSet."""
    (pdf,) = set_documents(template, [line_of(content, most_bytes)], memory=memory)
    if pdf is None:
        raise not_set()
    return pdf


def line_of(content: Mapping[str, Any], most: int = MOST_BYTES) -> bytes:
    """A document as the process reads it. Raises BadInput where it is larger than such documents are."""
    line = json.dumps(content, ensure_ascii=False).encode()
    if len(line) > most:
        raise BadInput(
            N_("The document is too long: more than %(most)s KB of text. Shorten what was filled in."), most=most >> 10
        )
    return line + b"\n"


def not_set() -> NotSet:
    """What is said of a document that could not be set."""
    return NotSet(N_("The document could not be made. Please try again; if that does not help, ask an administrator."))


def _feed(into: IO[bytes], lines: Sequence[bytes]) -> None:
    try:
        with into:
            into.writelines(lines)
    except OSError:
        # The child is gone; who reads from it finds out.
        return


def _read(out: IO[bytes]) -> bytes | None:
    head = out.read(_HEAD)
    length = int.from_bytes(head, "big")
    if len(head) < _HEAD or length > MOST_PDF:
        raise not_set()
    if length == _REFUSED:
        return None
    pdf = out.read(length)
    if len(pdf) < length:
        raise not_set()
    return pdf


def _set_here(memory: int, template: Path) -> None:
    """In the process of its own: each line of the standard input as a PDF on the standard output."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import typst

    compiler = typst.Compiler(template, root=template.parent, font_paths=[FONTS], ignore_system_fonts=True)
    # Archives take it (PDF/A-2a), and readers for the blind find their way in it (PDF/UA-1).
    for line in sys.stdin.buffer:
        try:
            made = compiler.compile(
                format="pdf", sys_inputs={"content": line.decode().rstrip("\n")}, pdf_standards=["a-2a", "ua-1"], timestamp=0
            )
        except RuntimeError:
            made = None
        pdf = made if isinstance(made, bytes) else b""
        sys.stdout.buffer.write(len(pdf).to_bytes(_HEAD, "big") + pdf)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _set_here(int(sys.argv[1]), Path(sys.argv[2]))
