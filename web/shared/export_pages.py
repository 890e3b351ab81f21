"""A copy of everything about a resident: a page that anybody can read, the same for machines, and the pictures, in one ZIP as it grows.

Nothing of it is ever whole in memory or on the disk: rows come in pages, pictures in parts, and each piece leaves as soon as it is made.
"""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlalchemy import select

from monitor.authority import Authority
from monitor.database.database import Database
from monitor.models.accounts import Account, AuditEntry
from monitor.models.cameras.cameras import Camera
from monitor.models.control_points import ControlPlace, ControlPoint
from monitor.models.people.letters import Letter
from monitor.models.people.residents import Media, MediaKind, OrderChange, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.plans import Plan
from monitor.people.order_words import listed
from monitor.people.symptoms import ANY_DANGER, SYMPTOMS
from monitor.personal_data.copy import PARTS, Part, rows_of
from monitor.vault.vault import Vault, VaultProblem, letters_owner
from monitor.words import N_, Words, translator
from rollcall.answers.bursts import contact_sheet
from rollcall.answers.said import ANY_HELP, HELP
from rollcall.verdicts.verdict import in_words
from web.shared import written
from web.shared.labels import LABELS, action

log = logging.getLogger(__name__)

PIECE = 64 * 1024
"""Bytes that are gathered before they leave."""
SHOWN_OF_MASKED = 3
SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_CODES = SYMPTOMS | ANY_DANGER | HELP | ANY_HELP
_NAMED: dict[str, tuple[type[Any], str]] = {
    "zone_id": (Zone, "name"),
    "room_id": (Room, "name"),
    "camera_id": (Camera, "name"),
    "from_zone_id": (Zone, "name"),
    "to_zone_id": (Zone, "name"),
    "plan_id": (Plan, "name"),
    "place_id": (ControlPlace, "name"),
    "point_id": (ControlPoint, "name"),
    **dict.fromkeys(
        ("account_id", "entered_by", "answered_by", "offered_by", "decided_by", "made_by", "finished_by"), (Account, "username")
    ),
}
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}caption{display:none}"
    "section{overflow-x:auto;margin-top:2rem}img{max-width:12rem}"
)


@dataclass(frozen=True)
class Copy:
    """What is copied. by_link: for whoever has the link, so without pictures, notes of staff and whole numbers."""

    resident_id: int
    full_name: str
    language: str
    timezone: str
    made_at: datetime
    by_link: bool
    authority: Authority = Authority()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The tables in it."""
        return tuple(part for part in PARTS if part.by_link or not self.by_link)


def copy_of(database: Database, resident_id: int, made_at: datetime, authority: Authority, *, by_link: bool) -> Copy:
    """The head of a copy. authority: who hands it out."""
    with database.read() as session:
        resident = session.get_one(Resident, resident_id)
        zone = session.get_one(Zone, resident.zone_id)
    return Copy(resident_id, resident.full_name, resident.language, zone.timezone, made_at, by_link, authority)


def zip_parts(database: Database, vault: Vault, copy: Copy) -> Iterator[bytes]:
    """The ZIP, piece by piece."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("index.html", page(database, copy)), ("data.json", data(database, copy))):
            with archive.open(name, "w") as file:
                for text in content:
                    file.write(text.encode())
                    yield from sink.full()
        if not copy.by_link:
            yield from _pictures(database, vault, copy, archive, sink)
            yield from _letters(database, vault, copy, archive, sink)
    yield sink.take()


def _pictures(database: Database, vault: Vault, copy: Copy, archive: zipfile.ZipFile, sink: Sink) -> Iterator[bytes]:
    media_part = next(part for part in PARTS if part.model is Media)
    for media in rows_of(database, media_part, copy.resident_id):
        try:
            if media.kind is MediaKind.BURST:
                pieces: Iterator[bytes] = iter([contact_sheet(vault.get(media.owner, media.name))])
            else:
                pieces = vault.open(media.owner, media.name).parts()
            # The first part before the entry is begun: a file that is gone leaves no empty picture.
            first = next(pieces)
        except (VaultProblem, StopIteration):
            log.warning("picture %s is not kept any more and is left out of a copy", media.id)
            continue
        # Pictures are compressed already.
        with archive.open(zipfile.ZipInfo(picture_name(media), date_time=copy.made_at.timetuple()[:6]), "w") as file:
            file.write(first)
            yield from sink.full()
            for piece in pieces:
                file.write(piece)
                yield from sink.full()


def _letters(database: Database, vault: Vault, copy: Copy, archive: zipfile.ZipFile, sink: Sink) -> Iterator[bytes]:
    part = next(part for part in PARTS if part.model is Letter)
    for letter in rows_of(database, part, copy.resident_id):
        if not letter.name:
            continue
        try:
            pdf = vault.get(letters_owner(copy.resident_id), letter.name)
        except VaultProblem:
            log.warning("letter %s is not kept any more and is left out of a copy", letter.id)
            continue
        with archive.open(zipfile.ZipInfo(letter_name(letter.id), date_time=copy.made_at.timetuple()[:6]), "w") as file:
            file.write(pdf)
            yield from sink.full()


def letter_name(number: int) -> str:
    """Where a letter is in the ZIP."""
    return f"letters/{number}.pdf"


def picture_name(media: Media) -> str:
    """Where a picture is in the ZIP."""
    suffix = "jpg" if media.kind is MediaKind.BURST else SUFFIXES.get(media.content_type, "bin")
    return f"pictures/{media.id}.{suffix}"


class Sink(io.RawIOBase):
    """What an archive is written into, and taken out of again."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: Any) -> int:
        """Take more in."""
        self._waiting += content
        return len(content)

    def full(self) -> Iterator[bytes]:
        """What has been gathered, once it is worth sending."""
        if len(self._waiting) >= PIECE:
            yield self.take()

    def take(self) -> bytes:
        """What has been gathered."""
        content = bytes(self._waiting)
        self._waiting.clear()
        return content


class _Names:
    """Names in place of numbers, each asked once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[str, int], str] = {}

    def of(self, column: str, number: int) -> str:
        model, name = _NAMED[column]
        key = (model.__tablename__, number)
        if key not in self._known:
            with self._database.read() as session:
                found = session.scalar(select(getattr(model, name)).where(model.id == number))
            self._known[key] = found or str(number)
        return self._known[key]


def _value(names: _Names, copy: Copy, part: Part, row: Any, column: str) -> Any:
    """A column as it is copied: a name for a number, a picture's place, and of what a link must not tell only the end."""
    value = getattr(row, column)
    if copy.by_link and column in part.masked:
        return _masked(value)
    if value is not None and column in _NAMED:
        return names.of(column, value)
    if part.model is Media and column == "id":
        return picture_name(row)
    if part.model is Letter and column == "id":
        return letter_name(value) if row.name else ""
    if part.model is AuditEntry and column == "details":
        # Who else lives in the room is nobody's business.
        return {name: each for name, each in value.items() if name != "residents"}
    if column == "media_id":
        return f"pictures/{value}.jpg"
    return value


def _masked(value: Any) -> Any:
    if not isinstance(value, str):
        return None
    return "…" + value[-SHOWN_OF_MASKED:] if value else ""


def data(database: Database, copy: Copy) -> Iterator[str]:
    """The JSON: {"person": …, "made_at": …, table: [rows]}; times in UTC, as ISO 8601 writes them."""
    names = _Names(database)
    yield "{" + f'"person": {copy.resident_id}, "made_at": {json.dumps(copy.made_at.isoformat())}'
    for part in copy.parts:
        yield f", {json.dumps(part.table)}: ["
        for number, row in enumerate(rows_of(database, part, copy.resident_id)):
            plain = {column: _value(names, copy, part, row, column) for column in part.columns}
            yield (", " if number else "") + json.dumps(plain, ensure_ascii=False, default=_plain)
        yield "]"
    yield "}\n"


def _plain(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a copy")


_TITLE = N_("All data kept about %(name)s")
_HEAD = N_("Copied on %(at)s. Times are the zone’s local time. The same data for machines is in data.json, with times in UTC.")
_FROM = N_("From: %(service)s")
_BY_LINK = N_(
    "This copy was made through the link in a message. It holds no photos, no notes of staff and no full numbers, because a"
    " message can fall into other hands. Staff hand over the full copy once they have checked who you are."
)
_NONE = N_("Nothing.")


def page(database: Database, copy: Copy) -> Iterator[str]:
    """The HTML page in the person's language."""
    say, names = translator(copy.language), _Names(database)
    title = Words(_TITLE, {"name": copy.full_name}).say(say)
    head = Words(_HEAD, {"at": _moment(copy.made_at, copy)}).say(say)
    yield Markup(
        '<!doctype html>\n<html lang="{}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{}</title><style>{}</style></head><body><h1>{}</h1><p>{}</p>\n"
    ).format(copy.language, title, Markup(_STYLE), title, head)  # noqa: S704 - a constant of ours
    yield Markup("<p>{}</p>\n").format(Words(_FROM, {"service": copy.authority.headed(copy.language)}).say(say))
    if copy.by_link:
        yield Markup("<p>{}</p>\n").format(say(_BY_LINK))
    for part in copy.parts:
        yield Markup("<section><h2>{}</h2>").format(say(part.title))
        begun = False
        for row in rows_of(database, part, copy.resident_id):
            if not begun:
                headings = Markup("").join(
                    Markup('<th scope="col">{}</th>').format(say(each)) for each in part.columns.values()
                )
                yield Markup("<table><thead><tr>{}</tr></thead><tbody>\n").format(headings)
                begun = True
            cells = Markup("").join(
                Markup("<td>{}</td>").format(_shown(_value(names, copy, part, row, column), column, part, copy))
                for column in part.columns
            )
            yield Markup("<tr>{}</tr>\n").format(cells)
        yield "</tbody></table></section>\n" if begun else Markup("<p>{}</p></section>\n").format(say(_NONE))
    yield "</body></html>\n"


def _shown(value: Any, column: str, part: Part, copy: Copy) -> str | Markup:
    """A value in the person's words."""
    say = translator(copy.language)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return say(N_("yes") if value else N_("no"))
    if isinstance(value, datetime):
        return _moment(value, copy)
    if isinstance(value, date):
        return written.day(value, copy.language)
    if isinstance(value, StrEnum):
        known = LABELS.get(type(value), {}).get(value)
        return known.words.say(say) if known else value.value
    if part.model is AuditEntry and column == "action":
        return action(value).say(say)
    if isinstance(value, str) and part.model is Letter and column == "id":
        return Markup('<a href="{}">{}</a>').format(value, value)
    if isinstance(value, str) and value.startswith("pictures/"):
        return Markup('<a href="{}"><img src="{}" alt="{}"></a>').format(value, value, value)
    if isinstance(value, Mapping):
        if part.model is OrderChange:
            return "; ".join(each.say(say) for each in listed(value, copy.timezone))
        if "template" in value:
            return Words.load(value).say(say)
        return "; ".join(f"{name}: {_shown(each, column, part, copy)}" for name, each in value.items())
    if isinstance(value, list):
        if column == "reasons":
            return "; ".join(each.say(say) for each in in_words([Words.load(stored) for stored in value]))
        return "; ".join(str(_shown(each, column, part, copy)) for each in value)
    if isinstance(value, str) and column in ("symptoms", "help_wanted"):
        return say(_CODES.get(value, value))
    if isinstance(value, float):
        return written.number(float(f"{value:.3g}") if abs(value) < 1 else value, copy.language)
    return str(value)


def _moment(at: datetime, copy: Copy) -> str:
    return written.moment(at.astimezone(ZoneInfo(copy.timezone)), copy.language)
