"""Text that a person reads, kept apart from the language it is read in.

Code names a sentence by its English template and the values in it; the edge that knows the reader's language (a page, a
message, a command) turns it into words with one catalogue, `monitor/translations`.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGES = ("vi", "en")
Translate = Callable[[str], str]


def N_(template: str) -> str:
    """Mark a template for the catalogue (pybabel extracts it) and return it as it is."""
    return template


@lru_cache
def translator(language: str) -> Translate:
    """The gettext function of a language; English templates are their own English."""
    return _gettext.translation("messages", TRANSLATIONS, [language], fallback=True).gettext


@dataclass(frozen=True)
class Words:
    """One sentence: an English template with %(name)s places, and what stands in them. Stored as JSON, so plain values only."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def say(self, translate: Translate) -> str:
        """The sentence in the language of `translate`. A value that is itself a stored sentence is said too."""
        said = {
            name: Words.load(value).say(translate) if isinstance(value, dict) and "template" in value else value
            for name, value in self.values.items()
        }
        text = translate(self.template)
        return text % said if said else text

    def dump(self) -> dict[str, Any]:
        """As stored in a JSON column."""
        return {"template": self.template, "values": dict(self.values)}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Words:
        """What `dump` stored."""
        return cls(stored["template"], stored.get("values") or {})


def words(template: str, **values: Any) -> Words:
    """Short for Words; templates are written `words(N_("…"), name=value)` so that the catalogue finds them."""
    return Words(template, values)
