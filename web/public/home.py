"""The first of the public pages: what can be done here."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.public import people_here

pages = Blueprint("home", __name__)


@pages.get("/")
def home() -> str:
    return render_template("public/home.html", known_here=bool(people_here.keys()))
