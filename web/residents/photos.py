"""A resident's own photos for comparison: taken with the phone, told good or not within seconds, removed when wanted."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask_limiter import Limiter
from werkzeug.wrappers import Response

from monitor.database.database import Database
from monitor.models.people.faces import EnrolmentPhoto
from monitor.pictures.pictures import NotAPicture, PictureTooLarge
from monitor.problems import BadInput, NotFound
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import N_
from rollcall.answers.page import AnswerPage, open_own
from rollcall.faces.offering import FEWEST, MOST, offer_photo, photos_of, remove_photo
from rollcall.prompts.due import PENDING
from web.residents.answering import address_of, forged_limit
from web.shared.common import now, say

MOST_PHOTOS = "20 per hour"


def photo_pages(settings: Settings, database: Database, vault: Vault, secret: bytes, limiter: Limiter) -> Blueprint:
    """The page, one photo more, one photo less. The pictures themselves are never sent back to a phone."""
    pages = Blueprint("photos", __name__)
    limited = forged_limit(limiter, secret)
    often = limiter.shared_limit(MOST_PHOTOS, scope="photos", key_func=lambda: str((request.view_args or {}).get("token")))

    def _page(token: str, own: AnswerPage, problem: str = "") -> str:
        with database.read() as session:
            photos = photos_of(session, own.resident_id)
        counted = [each for each in photos if each.media_id is not None]
        return render_template(
            "residents/photos.html",
            own=own,
            photos=photos,
            waiting=any(each.state in PENDING for each in photos),
            counted=len(counted),
            fewest=FEWEST,
            most=MOST,
            here=address_of("photos.show", token),
            back=address_of("answer.show", token),
            own_data=address_of("own_data.show", token),
            faces=own.faces,
            faces_address=address_of("own_data.faces", token),
            remove_address=lambda photo_id: address_of("photos.remove", token, photo_id=photo_id),
            problem=problem,
        )

    @pages.get("/a/<token>/photos")
    @limited
    def show(token: str) -> str:
        with database.read() as session:
            own = open_own(session, secret, token, now())
        return _page(token, own)

    @pages.post("/a/<token>/photos")
    @limited
    @often
    def add(token: str) -> Response | tuple[str, int]:
        with database.read() as session:
            own = open_own(session, secret, token, now())
        file = request.files.get("photo")
        try:
            if not own.under_order:
                raise BadInput(N_("Your quarantine has ended; no photo is needed any more."), field="photo")
            content = file.read() if file else b""
            limit = settings.upload_megabytes * 2**20
            offer_photo(database, vault, own.resident_id, content, account_id=None, now=now(), max_bytes=limit)
        except (BadInput, NotAPicture, PictureTooLarge) as problem:
            return _page(token, own, say(problem.words)), problem.status
        return redirect(address_of("photos.show", token), 303)

    @pages.post("/a/<token>/photos/<int:photo_id>/remove")
    @limited
    @often
    def remove(token: str, photo_id: int) -> Response:
        with database.write() as session:
            own = open_own(session, secret, token, now())
            photo = session.get(EnrolmentPhoto, photo_id)
            if photo is None or photo.resident_id != own.resident_id:
                raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
            name = remove_photo(session, photo, now())
        if name is not None:
            vault.remove(name)
        return redirect(address_of("photos.show", token), 303)

    return pages
