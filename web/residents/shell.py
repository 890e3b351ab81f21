"""What the phone keeps of the page itself: scripts and styles under one version, the off-line page, manifest and service worker."""

from __future__ import annotations

import json

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _

from monitor.words import LANGUAGES
from web.shared.common import language
from web.shared.versioned_files import VersionedFiles

ICONS = {"any": ("icon-192.png", "icon-512.png"), "maskable": ("icon-maskable-192.png", "icon-maskable-512.png")}


def shell_pages() -> Blueprint:
    """All files of the residents' page lie under one version, so that modules which import each other are of one and the same."""
    pages = Blueprint("shell", __name__)
    shell = VersionedFiles("residents")
    address = shell.address
    shell.offer(pages)

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
        kept = [address(name) for name in shell.files if not name.endswith(".png")]
        told = {
            "version": shell.version,
            "files": kept,
            "offline": url_for("shell.offline", lang=wanted if wanted in LANGUAGES else LANGUAGES[0]),
            "icon": address("residents/icon-192.png"),
        }
        response = make_response(f"import {json.dumps(address('residents/worker.js'))};\nself.shell = {json.dumps(told)};\n")
        response.mimetype = "text/javascript"
        response.headers["Cache-Control"] = "no-cache"
        return response

    return pages
