"""The languages that the public pages are offered in: English, and whatever catalogue is there; one more is a file more."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from monitor.settings import Settings
from monitor.words import LANGUAGES, TRANSLATIONS

log = logging.getLogger(__name__)
_CATALOGUE = Path("LC_MESSAGES") / "messages"
_CODE = re.compile(r"[a-z]{2,3}(?:_[A-Z][a-z]{3})?(?:_[A-Z]{2})?")


def folders(settings: Settings) -> tuple[Path, ...]:
    """Where catalogues lie: those of the product, and `translations` in the data folder, for an installation's own."""
    return (TRANSLATIONS, settings.data_folder.resolve() / "translations")


def offered(where: Iterable[Path]) -> Mapping[str, str]:
    """Language -> its name in itself, the product's own first: {"vi": "Tiếng Việt", "en": "English", "km": "ខ្មែរ"}.

    A catalogue without its compiled form gets one; what cannot be read is left out, and told in the log.
    """
    found = [path.name for folder in where if folder.is_dir() for path in sorted(folder.iterdir()) if _usable(path)]
    codes = dict.fromkeys((*LANGUAGES, *found))
    return {code: _own_name(code) for code in codes}


def best(accepted: Sequence[str], languages: Iterable[str], otherwise: str) -> str:
    """What a browser asks for, the wanted ones first (vi-VN, en), as far as it is offered. Pure."""
    there = {each.replace("_", "-").lower(): each for each in languages}
    for wanted in accepted:
        parts = wanted.replace("_", "-").lower().split("-")
        for length in range(len(parts), 0, -1):
            if (code := there.get("-".join(parts[:length]))) is not None:
                return code
    return otherwise


def _usable(path: Path) -> bool:
    if not _CODE.fullmatch(path.name) or not path.is_dir():
        return False
    written, compiled = (path / _CATALOGUE).with_suffix(".po"), (path / _CATALOGUE).with_suffix(".mo")
    try:
        Locale.parse(path.name)
        if written.exists() and (not compiled.exists() or compiled.stat().st_mtime < written.stat().st_mtime):
            with written.open("rb") as source:
                catalogue = read_po(source, locale=path.name, abort_invalid=True)
            fresh = compiled.with_suffix(".new")
            with fresh.open("wb") as target:
                write_mo(target, catalogue)
            fresh.replace(compiled)
    except (UnknownLocaleError, PoFileError, ValueError, OSError) as error:
        log.warning("the catalogue %s cannot be used: %s", path, type(error).__name__)
    return compiled.exists()


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[0].upper() + name[1:]
