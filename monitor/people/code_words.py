"""Countries and languages, which are kept as codes, in the words of a language."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError


def country(code: str, language: str) -> str:
    """VN -> Việt Nam; empty for none, the code itself for one that nobody knows."""
    return str(Locale.parse(language).territories.get(code, code)) if code else ""


def spoken(code: str, language: str) -> str:
    """vi -> Tiếng Việt, in English Vietnamese; empty for none, the code itself for one that nobody knows. Languages may have a region."""
    try:
        return Locale.parse(code, sep="-").get_display_name(language) or code if code else ""
    except (UnknownLocaleError, ValueError):
        return str(Locale.parse(language).languages.get(code, code))
