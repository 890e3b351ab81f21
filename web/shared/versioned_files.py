"""The styles and scripts of an application for phones, under one version: those that import each other are of one and the same."""

from __future__ import annotations

import hashlib
import mimetypes
from typing import Any

from flask import Blueprint, Response, url_for

from monitor.problems import NotFound
from monitor.words import N_
from web.shared.common import WEB

FOREVER = "public, max-age=31536000, immutable"
COMMON = ("tokens.css", "phones.css", "icon.svg")


class VersionedFiles:
    """What every phone's page loads, and a folder of `web/static`. No other file of `static` can be reached by it."""

    def __init__(self, folder: str, *more: str) -> None:
        """folder: "residents". more: single files beside it. Read once, so that the version is surely that of what is handed out."""
        static = WEB / "static"
        names = [*COMMON, *more, *sorted(f"{folder}/{path.name}" for path in (static / folder).iterdir() if path.is_file())]
        self.files = {name: (static / name).read_bytes() for name in names}
        self.version = hashlib.sha256(b"".join(self.files.values())).hexdigest()[:12]

    def address(self, name: str) -> str:
        """Where a page of the application finds it."""
        return url_for("shell.file", version=self.version, name=name)

    def offer(self, pages: Blueprint) -> None:
        """Let the blueprint named `shell` hand the files out, and its application's templates name them: `shell('tokens.css')`."""

        @pages.app_context_processor
        def _addresses() -> dict[str, Any]:
            return {"shell": self.address}

        @pages.get("/shell/<version>/<path:name>")
        def file(version: str, name: str) -> Response:
            if name not in self.files:
                raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
            response = Response(self.files[name], mimetype=mimetypes.guess_type(name)[0])
            # An old page's scripts are better new than not at all, but not to be kept as the old ones.
            response.headers["Cache-Control"] = FOREVER if version == self.version else "no-store"
            return response
