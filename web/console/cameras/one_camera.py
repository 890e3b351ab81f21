"""The blueprint of one camera: its page, its settings and its areas are three files."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("camera", __name__)
