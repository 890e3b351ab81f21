"""What the phone keeps of the page itself: scripts and styles under one version, the off-line page, manifest and service worker."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _

from monitor.problems import NotFound
from monitor.words import LANGUAGES, N_
from web.shared.common import WEB, language

FOREVER = "public, max-age=31536000, immutable"
ICONS = {"any": ("icon-192.png", "icon-512.png"), "maskable": ("icon-maskable-192.png", "icon-maskable-512.png")}


def shell_pages() -> Blueprint:
    """All files of the residents' page lie under one version, so that modules which import each other are of one and the same."""
    pages = Blueprint("shell", __name__)
    folder = WEB / "static"
    names = ["tokens.css", "icon.svg"]
    names += sorted(f"residents/{path.name}" for path in (folder / "residents").iterdir() if path.is_file())
    # Some tens of kilobytes: read once, so that the version is surely that of what is handed out.
    files = {name: (folder / name).read_bytes() for name in names}
    current = hashlib.sha256(b"".join(files.values())).hexdigest()[:12]

    def address(name: str) -> str:
        return url_for("shell.file", version=current, name=name)

    @pages.app_context_processor
    def _addresses() -> dict[str, Any]:
        return {"shell": address}

    @pages.get("/shell/<version>/<path:name>")
    def file(version: str, name: str) -> Response:
        if name not in files:
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
        response = Response(files[name], mimetype=mimetypes.guess_type(name)[0])
        # An old page's scripts are better new than not at all, but not to be kept as the old ones.
        response.headers["Cache-Control"] = FOREVER if version == current else "no-store"
        return response

    @pages.get("/manifest.webmanifest")
    def manifest() -> Response:
        icons = [{"src": address("icon.svg"), "sizes": "any", "type": "image/svg+xml"}]
        for purpose, names in ICONS.items():
            for name in names:
                side = name.removesuffix(".png").rsplit("-", 1)[1]
                icon = {"src": address(f"residents/{name}"), "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
                icons.append(icon)
        response = jsonify(
            id="/",
            name=_("Roll-call"),
            short_name=_("Roll-call"),
            start_url="/",
            scope="/",
            display="standalone",
            background_color="#f3f5f4",
            theme_color="#0b6352",
            lang=language(),
            icons=icons,
        )
        response.mimetype = "application/manifest+json"
        return response

    @pages.get("/offline")
    def offline() -> str:
        return render_template("residents/offline.html")

    @pages.get("/sw.js")
    def worker() -> Response:
        wanted = request.args.get("lang")
        kept = [address(name) for name in files if not name.endswith(".png")]
        shell = {
            "version": current,
            "files": kept,
            "offline": url_for("shell.offline", lang=wanted if wanted in LANGUAGES else LANGUAGES[0]),
            "icon": address("residents/icon-192.png"),
        }
        response = make_response(f"import {json.dumps(address('residents/worker.js'))};\nself.shell = {json.dumps(shell)};\n")
        response.mimetype = "text/javascript"
        response.headers["Cache-Control"] = "no-cache"
        return response

    return pages
