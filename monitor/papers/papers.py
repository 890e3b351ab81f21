"""Privacy's papers, as templates to fill: what the service knows stands in them, so that it is true; the rest is left blank.

Pure: facts in, pages out that stand alone, open in a word processor and print on A4. None of it is legal advice.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.authority import Authority
from monitor.personal_data.consent import NOTICE, NOTICE_VERSION
from monitor.personal_data.periods import Kind, Rule
from monitor.words import LANGUAGES, N_, translator

_TEMPLATES = Path(__file__).parent / "templates"


class Paper(StrEnum):
    """What there is; the name of its file too."""

    IMPACT_ASSESSMENT = "impact-assessment"
    NOTICE = "notice"
    CAMERA_SIGN = "camera-sign"
    RETENTION = "retention"


TITLES: Mapping[Paper, str] = {
    Paper.IMPACT_ASSESSMENT: N_("Assessment of the impact of processing personal data"),
    Paper.NOTICE: N_("Notice of how personal data is used"),
    Paper.CAMERA_SIGN: N_("Sign at cameras, in both languages"),
    Paper.RETENTION: N_("Table of retention periods"),
}
IN_BOTH = frozenset({Paper.CAMERA_SIGN})
"""One sheet for readers of both languages; the language asked for stands first."""


@dataclass(frozen=True)
class Facts:
    """What the service knows. last_day: until when people may be enrolled; None: nobody decided. on: the day of writing."""

    authority: Authority
    complaints: str
    rules: tuple[Rule, ...]
    last_day: date | None
    on: date


def write_paper(paper: Paper, language: str, facts: Facts) -> str:
    """A paper as an HTML page that stands alone. language: "vi" or "en"."""
    template = f"{paper}.{language}.html" if paper is Paper.IMPACT_ASSESSMENT else f"{paper}.html"
    clip = next(each.kept for each in facts.rules if each.kind is Kind.INCIDENT_MEDIA)
    translate = translator(language)
    return (
        _environment()
        .get_template(template)
        .render(
            language=language,
            title=translate(TITLES[paper]),
            style=style(),
            service=facts.authority.named(language),
            headed=facts.authority.headed(language),
            clip={each: kept(clip, each) for each in LANGUAGES},
            names={each: facts.authority.headed(each) for each in LANGUAGES},
            complaints=facts.complaints,
            rules=[
                (translate(each.what), kept(each.kept, language), translate(each.since), translate(each.basis))
                for each in facts.rules
            ],
            notice=[translate(each) % {"service": facts.authority.headed(language)} for each in NOTICE],
            version=NOTICE_VERSION,
            last_day=f"{facts.last_day:%d/%m/%Y}" if facts.last_day else "",
            on=f"{facts.on:%d/%m/%Y}",
        )
    )


def kept(time: timedelta, language: str) -> str:
    """72 hours, 14 days; as the console's page of retention says it."""
    if time.days < 4:
        count, unit, many = time.days * 24 + time.seconds // 3600, {"vi": "giờ", "en": "hour"}, "s"
    else:
        count, unit, many = time.days, {"vi": "ngày", "en": "day"}, "s"
    return f"{count} {unit[language]}{many if language == 'en' and count != 1 else ''}"


@lru_cache(1)
def style() -> str:
    """The style sheet that stands in each of them."""
    return (_TEMPLATES / "papers.css").read_text("utf-8")


def policy() -> str:
    """The Content-Security-Policy of a paper: its own style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@lru_cache(1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
