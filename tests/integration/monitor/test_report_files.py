"""Reports set by Typst and written by XlsxWriter, for real: within two seconds and bounded memory, tagged, with every letter."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from monitor.reports.day_sheet import DaySheet, line_of
from monitor.reports.form.day_sheet import day_sheet_pdf
from monitor.reports.form.pdf import MEMORY, MOST_BYTES, TEMPLATE, document_of, pdf_of
from monitor.reports.form.said import Spoken
from monitor.reports.form.workbook import workbook_of
from monitor.typesetting.process import line_of as document_line
from tests.unit.monitor.test_letters import vietnamese
from tests.worlds.report_content import DAY, LETTERHEAD, ZONE, content, corrected, provisional, said

WANTED_S, WANTED_MB = 2.0, 300


def words_of(pdf: bytes) -> list[str]:
    """The text of each page, as a reader for the blind gets it."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def test_168_communes_are_a_pdf_and_a_workbook_within_two_seconds() -> None:
    began = time.monotonic()
    pdf, workbook = pdf_of(said(), LETTERHEAD), workbook_of(said(), LETTERHEAD)
    took = time.monotonic() - began
    assert took < WANTED_S, f"{took:.2f} s"
    assert len(pdf) < 2**20
    assert len(workbook) < 2**18


def test_the_process_that_sets_it_needs_less_memory_than_wanted() -> None:
    line = document_line(document_of(said(), LETTERHEAD), MOST_BYTES)
    command = [sys.executable, "-m", "monitor.typesetting.process", str(MEMORY), str(TEMPLATE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(line)
        child.stdin.flush()
        pdf = child.stdout.read(int.from_bytes(child.stdout.read(8), "big"))
        # Its own high-water mark: what waits for it tells of the test's process too, from which it was begun.
        status = Path(f"/proc/{child.pid}/status").read_text()
        child.stdin.close()
    assert pdf.startswith(b"%PDF")
    (used,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    assert int(used) / 1024 < WANTED_MB


@pytest.mark.parametrize("language", ["vi", "en"])
def test_it_is_tagged_for_archives_and_for_readers_who_do_not_see(language: str) -> None:
    reader = PdfReader(BytesIO(pdf_of(said(language=language), LETTERHEAD)))
    root = reader.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"].startswith(language)
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert reader.metadata is not None
    assert reader.metadata.title == said(language=language).title


def test_every_vietnamese_letter_comes_out_as_it_went_in() -> None:
    letters = "".join(sorted(vietnamese()))
    unit = replace(content().units[0], name=f"Phường {letters}")
    text = "".join(words_of(pdf_of(said(content(units=(unit,))), LETTERHEAD))).replace(" ", "")
    missing = [letter for letter in letters if letter not in text]
    assert missing == []


def test_its_pages_are_as_the_decree_wants_them() -> None:
    reader = PdfReader(BytesIO(pdf_of(said(), LETTERHEAD)))
    sizes = [tuple(round(float(side) / 72 * 25.4) for side in page.mediabox[2:]) for page in reader.pages]
    assert sizes[0] == (210, 297)
    assert sizes[-1] == (297, 210), "the table of communes lies across"
    first, *others = words_of(pdf_of(said(), LETTERHEAD))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in first
    assert "Độc lập - Tự do - Hạnh phúc" in first
    assert "Nơi nhận:" in first
    assert "NGUYỄN HOÀNG PHƯƠNG THẢO" in first.upper()
    assert not first.startswith("1 "), "no number on the first page"
    for number, page in enumerate(others, start=2):
        assert page.startswith(f"{number} "), page[:40]


def test_what_is_provisional_says_so_on_each_page() -> None:
    pages = words_of(pdf_of(said(provisional()), LETTERHEAD))
    assert len(pages) > 5
    assert all("TẠM THỜI: báo cáo chưa có người phát hành" in page for page in pages)
    assert not any("TẠM THỜI" in page for page in words_of(pdf_of(said(), LETTERHEAD)))


def test_a_changed_figure_can_be_read_on_paper_without_colour() -> None:
    pages = words_of(pdf_of(said(corrected()), LETTERHEAD))
    assert "433* (431)" in pages[0]
    assert any("77* (0)" in page for page in pages[1:])


def test_a_day_sheet_of_a_large_camp_lies_across_and_repeats_its_head() -> None:
    lines = [line_of(str(number), f"Nguyễn Thị Ẵm {number}", "1980", 3, []) for number in range(1, 401)]
    began = time.monotonic()
    pdf = day_sheet_pdf(Spoken("vi", ZONE), DaySheet("Khu cách ly", DAY, lines), "Trạm Y tế")
    assert time.monotonic() - began < 2 * WANTED_S
    pages = words_of(pdf)
    assert len(pages) > 10
    assert all("Vắng mặt*" in page for page in pages[:-1])
    assert "báo ngay người phụ trách" in pages[-1]
