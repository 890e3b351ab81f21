"""Text that a person reads, kept apart from the language it is read in.

Code names a sentence by its English template and the values in it; the edge that knows the reader's language (a page, a
message, a command) turns it into words with one catalogue, `monitor/translations`.
"""

from __future__ import annotations

import gettext as _gettext
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from monitor.stated import NATIONAL_HOTLINE, hotline

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGES = ("vi", "en")
Translate = Callable[[str], str]
_FIXED = re.compile(r"%\((\w+)\)\.(\d+)f")
_NATIONAL_HOTLINE = re.compile(rf"\b{NATIONAL_HOTLINE}\b")


def N_(template: str) -> str:
    """Mark a template for the catalogue (pybabel extracts it) and return it as it is."""
    return template


@lru_cache
def translator(language: str) -> Translate:
    """The gettext function of a language; English templates are their own English, and the authority's number stands in them."""
    gettext = _gettext.translation("messages", TRANSLATIONS, [language], fallback=True).gettext

    def translate(template: str) -> str:
        return with_hotline(gettext(template))

    return translate


def with_hotline(template: str) -> str:
    """A sentence of the catalogue with the number that the authority's people are to call, where it is not the national one.

    Only ever asked of templates: what somebody wrote is left as it is.
    """
    number = hotline()
    if number == NATIONAL_HOTLINE or NATIONAL_HOTLINE not in template:
        return template
    return _NATIONAL_HOTLINE.sub(number, template)


# The sign before a number's decimals; in Vietnamese a comma.
_DECIMAL_SIGN = N_(".")


def number(value: float, translate: Translate, places: int | None = None) -> str:
    """A number as it is read in the language of `translate`: 37.2 or 37,2. places: decimals; None: as many as it has, at most six."""
    written = f"{value:.{places}f}" if places is not None else f"{value:.6f}".rstrip("0").rstrip(".")
    return written.replace(".", translate(_DECIMAL_SIGN))


@dataclass(frozen=True)
class Words:
    """One sentence: an English template with %(name)s places, and what stands in them. Stored as JSON, so plain values only."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def say(self, translate: Translate) -> str:
        """The sentence in the language of `translate`. A value that is itself a stored sentence is said too; numbers as people write them."""
        text = translate(self.template)
        if not self.values:
            return text
        fixed = {name: int(places) for name, places in _FIXED.findall(text)}
        said = {name: _say_value(value, translate, fixed.get(name)) for name, value in self.values.items()}
        return _FIXED.sub(r"%(\1)s", text) % said

    def dump(self) -> dict[str, Any]:
        """As stored in a JSON column."""
        return {"template": self.template, "values": dict(self.values)}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Words:
        """What `dump` stored; a sentence that was reworded since, in today's words. What is stored stays as it is."""
        template, values = stored["template"], stored.get("values") or {}
        since = _earlier().get(template)
        if since is None:
            return cls(template, values)
        within = {
            name: {"template": around, "values": {"name": values[name]}} for name, around in since.within if name in values
        }
        return cls(since.template, {**values, **within})


@dataclass(frozen=True)
class _Since:
    """A sentence's wording today. within: values that stand in a sentence of their own since, and its template."""

    template: str
    within: tuple[tuple[str, str], ...] = ()


@lru_cache(1)
def _earlier() -> dict[str, _Since]:
    """Templates of earlier versions, which stored sentences go on to have."""
    read: dict[str, Any] = json.loads((TRANSLATIONS / "earlier.json").read_text("utf-8"))
    return {
        old: _Since(since) if isinstance(since, str) else _Since(since["template"], tuple(since["within"].items()))
        for old, since in read.items()
    }


def _say_value(value: Any, translate: Translate, places: int | None) -> Any:
    if isinstance(value, dict) and "template" in value:
        return Words.load(value).say(translate)
    return number(value, translate, places) if isinstance(value, float) or places is not None else value


def words(template: str, **values: Any) -> Words:
    """Short for Words; templates are written `words(N_("…"), name=value)` so that the catalogue finds them."""
    return Words(template, values)
