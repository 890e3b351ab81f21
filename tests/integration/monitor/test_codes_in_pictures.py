"""Codes in photos are read by a child process, and its end, whatever it is, is no end of ours."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import pytest
import segno
from PIL import Image

from monitor.pictures import codes
from monitor.pictures.codes import CodesNotRead, codes_in
from monitor.pictures.pictures import NotAPicture, PictureTooLarge

LIMIT = 8 * 2**20


def _photo(*texts: str) -> bytes:
    sheet = Image.new("RGB", (900 * max(len(texts), 1), 900), "white")
    for place, text in enumerate(texts):
        drawn = BytesIO()
        segno.make(text, error="m").save(drawn, kind="png", scale=4 + 3 * place, border=4)
        sheet.paste(Image.open(drawn).convert("RGB"), (900 * place + 100, 100))
    made = BytesIO()
    sheet.save(made, "JPEG")
    return made.getvalue()


def test_codes_are_read_the_largest_first_with_their_accents() -> None:
    assert codes_in(_photo("nhỏ: Nguyễn", "lớn: Trần Thị Đào"), max_bytes=LIMIT) == ["lớn: Trần Thị Đào", "nhỏ: Nguyễn"]
    assert codes_in(_photo(), max_bytes=LIMIT) == []


def test_what_is_no_picture_or_too_large_never_comes_to_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    with pytest.raises(NotAPicture):
        codes_in(b"%PDF-1.7", max_bytes=LIMIT)
    with pytest.raises(PictureTooLarge):
        codes_in(_photo("x"), max_bytes=1000)


@pytest.mark.parametrize("ends", ["exit 1", "echo nonsense", "kill -9 $$", "sleep 5"])
def test_a_child_that_fails_hangs_or_is_killed_is_told_in_words(
    ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child"
    child.write_text(f"#!/bin/sh\ncat > /dev/null\nexec 2>&1\n{ends}\n")
    child.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(child))
    monkeypatch.setattr(codes, "SECONDS", 0.5)
    with pytest.raises(CodesNotRead):
        codes_in(_photo("x"), max_bytes=LIMIT)
