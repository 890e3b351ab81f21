"""The vectors of matching and of Bluezone's format, each with its source, and what this code makes of them: for tests and for the bench."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from monitor.contacts.bluezone.encounters import Found, encounters, loud_from
from monitor.contacts.bluezone.format import System, read_log
from monitor.contacts.bluezone.identifiers import DAY_S, DailyKey, identifiers
from monitor.contacts.matching.intervals import by_day, counted_stay, overlap_minutes
from monitor.contacts.matching.rule import MatchingRule

_FILE = Path(__file__).parent / "tracing_vectors.toml"
_RULE = MatchingRule()


def vectors() -> list[dict[str, Any]]:
    """All of them, as they stand in the file; each has a `source`."""
    return list(tomllib.loads(_FILE.read_text("utf-8"))["vectors"])


def wanted(vector: Mapping[str, Any]) -> object:
    """What must come out."""
    if vector["kind"] == "counted":
        return _span(vector["wanted"]) if vector["wanted"] else None
    return vector[{"overlap": "minutes", "weight": "weight", "encounter": "minutes"}.get(vector["kind"], "wanted")]


def reckoned(vector: Mapping[str, Any]) -> object:
    """What comes out."""
    return _RECKON[vector["kind"]](vector)


def _counted(vector: Mapping[str, Any]) -> object:
    return counted_stay(*_span(vector["stay"]), _RULE)


def _split(vector: Mapping[str, Any]) -> object:
    return ["/".join(_written(each) for each in span) for _, *span in by_day(*_span(vector["stay"]), UTC)]


def _overlap(vector: Mapping[str, Any]) -> object:
    return overlap_minutes(_span(vector["stay"]), _span(vector["warning"]))


def _weight(vector: Mapping[str, Any]) -> object:
    return _RULE.weight(vector["days"], symptoms=vector["symptoms"])


def _identifier(vector: Mapping[str, Any]) -> object:
    key = DailyKey(bytes.fromhex(vector["key"]), DAY_S, 15 * DAY_S)
    return identifiers(key)[vector["number"]].tobytes().hex()


def _row(vector: Mapping[str, Any]) -> object:
    log = read_log([vector["row"].encode()], vector["now"])
    left_out = [name for name in ("fixed", "nameless", "old", "broken") if getattr(log, name)]
    return f"{log.system} {left_out[0] if left_out else len(log.rows)}"


def _encounter(vector: Mapping[str, Any]) -> object:
    time, rssi = np.array(vector["rows"], np.int64).T
    found = Found(time, rssi, np.zeros(len(time), bool), 0)
    heard_by, heard = (System(each) for each in vector["pair"])
    return sum(each.minutes for each in encounters(found, loud_from(heard_by, heard)))


_RECKON: Mapping[str, Callable[[Mapping[str, Any]], object]] = MappingProxyType(
    {
        "counted": _counted,
        "split": _split,
        "overlap": _overlap,
        "weight": _weight,
        "identifier": _identifier,
        "row": _row,
        "encounter": _encounter,
    }
)


def _span(pair: list[str]) -> tuple[int, int]:
    start, end = (int(datetime.fromisoformat(each).timestamp()) for each in pair)
    return start, end


def _written(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M")
