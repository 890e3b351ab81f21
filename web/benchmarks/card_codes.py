"""How many hard pictures of card codes are read in Chromium, by the reader of the guard's page, and by zxing-cpp beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from statistics import median
from typing import Any

from monitor.problems import Problem
from monitor.words import N_

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")
PICTURES, SEED = 240, 2021
# In the guard's page, with its own modules: a picture as a canvas, and only the reading is timed.
_READ = """async ({ png, codes, reader, wasm }) => {
  const { detector } = await import(codes);
  const picture = new Image();
  picture.src = `data:image/png;base64,${png}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  const look = await detector(canvas, { reader, wasm });
  const began = performance.now();
  const text = await look();
  return { text, ms: performance.now() - began };
}"""


class NoBrowser(Problem):
    """What is measured needs a browser."""

    status = 503


@dataclass(frozen=True)
class Codes:
    """read, clear: shares from 0 to 1, of all and of those with six pixels a module; ms: the median; wrong: texts that no card has.

    peer_read, peer_ms: zxing-cpp on the same pictures.
    """

    read: float
    clear: float
    ms: float
    wrong: int
    peer_read: float
    peer_ms: float


def pictures(count: int = PICTURES, seed: int = SEED) -> list[dict[str, Any]]:
    """What `monitor/benchmarks/card_pictures.py` draws, in a process of its own."""
    command = [sys.executable, "-m", "monitor.benchmarks.card_pictures", str(count), str(seed)]
    drawn: list[dict[str, Any]] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return drawn


def read_codes(guard_page: str, drawn: list[dict[str, Any]]) -> Codes:
    """Let the guard's page read each picture. guard_page: its address. Raises NoBrowser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NoBrowser(
            N_("Codes are read in Chromium, driven by the package playwright. Install both, then measure again.")
        ) from None
    told = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        page = browser.new_page()
        page.goto(guard_page)
        form = page.locator("#gate")
        files = {name: form.get_attribute(f"data-{name}") for name in ("codes", "reader", "wasm")}
        page.evaluate(_READ, {"png": drawn[0]["png"], **files})
        for each in drawn:
            told.append(page.evaluate(_READ, {"png": each["png"], **files}))
        browser.close()
    right = [answer["text"] == each["text"] for answer, each in zip(told, drawn, strict=True)]
    clear = [good for good, each in zip(right, drawn, strict=True) if each["clear"]]
    return Codes(
        read=sum(right) / len(right),
        clear=sum(clear) / len(clear),
        ms=median(answer["ms"] for answer in told),
        wrong=sum(bool(answer["text"]) and not good for answer, good in zip(told, right, strict=True)),
        peer_read=sum(each["read"] == each["text"] for each in drawn) / len(drawn),
        peer_ms=median(each["ms"] for each in drawn),
    )
