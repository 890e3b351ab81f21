"""Letters set as PDF by Typst, in a process of its own with little memory and time: whatever a letter does to it, nothing else falls.

The process reads letters as JSON, one a line, and writes for each its length, in eight bytes, and its PDF. Nothing comes from the
network or from fonts of the machine, and what people typed is data, never part of the template.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from monitor.letters.content import Letter
from monitor.problems import BadInput, Problem
from monitor.words import N_

FOLDER = Path(__file__).parent
MEMORY = 512 * 2**20
"""Bytes of addresses; a letter needs less than 192 MB of them, Python and typst's own code included."""
SECONDS, SECONDS_EACH = 20, 2
MOST_BYTES = 64 * 1024
"""Of one letter as JSON: a letter is a page or two."""
MOST_PDF = 16 * 2**20
# In place of a length.
_REFUSED = 0
_HEAD = 8  # bytes of a length


class LetterProblem(Problem):
    """The letter could not be set."""

    status = 503


def typeset(letters: Sequence[Letter]) -> Iterator[bytes | None]:
    """The PDF of each letter in its order, as soon as it is set; None where one cannot be set.

    Raises BadInput before anything is begun where a letter is larger than letters are, LetterProblem where the process ran out of
    memory or time.
    """
    yield from _set("letter.typ", [_line(asdict(each)) for each in letters])


def typeset_content(template: str, content: Mapping[str, Any], *, most_bytes: int = MOST_BYTES) -> bytes:
    """The PDF of one document that is no letter. template: a file beside this one; content: what it reads; most_bytes: of it as JSON.

    Raises BadInput, LetterProblem.
    """
    (pdf,) = _set(template, [_line(content, most_bytes)])
    if pdf is None:
        raise _not_set()
    return pdf


def _set(template: str, lines: Sequence[bytes]) -> Iterator[bytes | None]:
    with subprocess.Popen(
        [sys.executable, "-m", "monitor.letters.typesetting", str(MEMORY), template],
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


def typeset_one(letter: Letter) -> bytes:
    """The PDF of one letter. Raises BadInput, LetterProblem."""
    (pdf,) = typeset([letter])
    if pdf is None:
        raise _not_set()
    return pdf


def _line(content: Mapping[str, Any], most: int = MOST_BYTES) -> bytes:
    line = json.dumps(content, ensure_ascii=False).encode()
    if len(line) > most:
        raise BadInput(
            N_("The letter is too long: more than %(most)s KB of text. Shorten what was filled in."), most=most >> 10
        )
    return line + b"\n"


def _not_set() -> LetterProblem:
    return LetterProblem(N_("The letter could not be made. Please try again; if that does not help, ask an administrator."))


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
        raise _not_set()
    if length == _REFUSED:
        return None
    pdf = out.read(length)
    if len(pdf) < length:
        raise _not_set()
    return pdf


def _set_here(memory: int, name: str) -> None:
    """In the process of its own: each line of the standard input as a PDF on the standard output. name: of the template."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import typst

    template = FOLDER / name
    compiler = typst.Compiler(template, root=FOLDER, font_paths=[FOLDER / "fonts"], ignore_system_fonts=True)
    # Archives take it (PDF/A-2a), and readers for the blind find their way in it (PDF/UA-1).
    for line in sys.stdin.buffer:
        try:
            made = compiler.compile(
                format="pdf", sys_inputs={"letter": line.decode().rstrip("\n")}, pdf_standards=["a-2a", "ua-1"], timestamp=0
            )
        except RuntimeError:
            made = None
        pdf = made if isinstance(made, bytes) else b""
        sys.stdout.buffer.write(len(pdf).to_bytes(_HEAD, "big") + pdf)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _set_here(int(sys.argv[1]), sys.argv[2])
