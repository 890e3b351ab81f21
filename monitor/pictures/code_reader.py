"""The child process that reads codes: a JPEG of our own comes in, a list of texts goes out as JSON. Started by `codes`, never imported."""

from __future__ import annotations

import json
import resource
import sys
from io import BytesIO

import zxingcpp
from PIL import Image

MOST_MEMORY = 2**30  # bytes of address space, most of which libraries only reserve
MOST_SECONDS = 10  # of a processor


def main() -> None:
    """Read one picture."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    with Image.open(BytesIO(sys.stdin.buffer.read()), formats=("JPEG",)) as picture:
        # Codes are black and white; colours only cost memory.
        grey = picture.convert("L")
    formats = [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128]
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(formats), text_mode=zxingcpp.TextMode.Plain)
    # Which is the largest: of a card in a photo with others around it.
    found.sort(key=lambda code: -abs(code.position.bottom_right.x - code.position.top_left.x))
    json.dump([code.text for code in found], sys.stdout)


if __name__ == "__main__":
    main()
