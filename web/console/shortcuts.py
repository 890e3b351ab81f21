"""The keys that lead somewhere in the console: the list of them, as a page and in a dialog, and where they are switched off."""

from __future__ import annotations

from flask import Blueprint, render_template

from monitor.accounts.access import Permission
from web.console.menu import open_to
from web.shared.guard import guarded, the_reader

pages = Blueprint("shortcuts", __name__)


@pages.get("/shortcuts")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def show() -> str:
    return render_template("console/shortcuts.html", entries=[entry for entry in open_to(the_reader()) if entry.key])
