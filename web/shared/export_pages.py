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

from babel import dates
from markupsafe import Markup
from sqlalchemy import select

from monitor.database import Database
from monitor.dossier import PARTS, Part, rows_of
from monitor.models import Account, AuditEntry, Camera, Media, MediaKind, Plan, Resident, Room, Zone
from monitor.vault import Vault, VaultProblem
from monitor.words import N_, Words, translator
from rollcall.answers import ANY_HELP, HELP, SYMPTOMS
from rollcall.bursts import contact_sheet
from web.labels import LABELS, action

log = logging.getLogger(__name__)

PIECE = 64 * 1024
"""Bytes that are gathered before they leave."""
SHOWN_OF_MASKED = 3
SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_CODES = SYMPTOMS | HELP | ANY_HELP
_NAMED: dict[str, tuple[type[Any], str]] = {
    "zone_id": (Zone, "name"),
    "room_id": (Room, "name"),
    "camera_id": (Camera, "name"),
    "plan_id": (Plan, "name"),
    **dict.fromkeys(("account_id", "entered_by", "answered_by", "offered_by"), (Account, "username")),
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

    @property
    def parts(self) -> tuple[Part, ...]:
        """The tables in it."""
        return tuple(part for part in PARTS if part.by_link or not self.by_link)


def copy_of(database: Database, resident_id: int, made_at: datetime, *, by_link: bool) -> Copy:
    """The head of a copy."""
    with database.read() as session:
        resident = session.get_one(Resident, resident_id)
        zone = session.get_one(Zone, resident.zone_id)
    return Copy(resident_id, resident.full_name, resident.language, zone.timezone, made_at, by_link)


def zip_parts(database: Database, vault: Vault, copy: Copy) -> Iterator[bytes]:
    """The ZIP, piece by piece."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("index.html", page(database, copy)), ("data.json", data(database, copy))):
            with archive.open(name, "w") as file:
                for text in content:
                    file.write(text.encode())
                    yield from sink.full()
        if not copy.by_link:
            yield from _pictures(database, vault, copy, archive, sink)
    yield sink.take()


def _pictures(database: Database, vault: Vault, copy: Copy, archive: zipfile.ZipFile, sink: _Sink) -> Iterator[bytes]:
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


def picture_name(media: Media) -> str:
    """Where a picture is in the ZIP."""
    suffix = "jpg" if media.kind is MediaKind.BURST else SUFFIXES.get(media.content_type, "bin")
    return f"pictures/{media.id}.{suffix}"


class _Sink(io.RawIOBase):
    """What an archive is written into, and taken out of again."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._waiting += content
        return len(content)

    def full(self) -> Iterator[bytes]:
        """What has been gathered, once it is worth sending."""
        if len(self._waiting) >= PIECE:
            yield self.take()

    def take(self) -> bytes:
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


_TITLE = N_("Everything that is kept about %(name)s")
_HEAD = N_("Copied on %(at)s. Times are those of the zone. The same for machines is in data.json; times there are in UTC.")
_BY_LINK = N_(
    "This copy was made by the link in a message. Pictures, notes of staff and whole numbers are not in it, since a message can come "
    "into other hands; staff give you all of it once they see who you are."
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
        return str(dates.format_date(value, "medium", locale=copy.language))
    if isinstance(value, StrEnum):
        known = LABELS.get(type(value), {}).get(value)
        return known.words.say(say) if known else value.value
    if part.model is AuditEntry and column == "action":
        return action(value).say(say)
    if isinstance(value, str) and value.startswith("pictures/"):
        return Markup('<a href="{}"><img src="{}" alt="{}"></a>').format(value, value, value)
    if isinstance(value, Mapping):
        if "template" in value:
            return Words.load(value).say(say)
        return "; ".join(f"{name}: {_shown(each, column, part, copy)}" for name, each in value.items())
    if isinstance(value, list):
        return "; ".join(str(_shown(each, column, part, copy)) for each in value)
    if isinstance(value, str) and column in ("symptoms", "help_wanted"):
        return say(_CODES.get(value, value))
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 1 else str(value)


def _moment(at: datetime, copy: Copy) -> str:
    return str(dates.format_datetime(at.astimezone(ZoneInfo(copy.timezone)), "medium", locale=copy.language))
