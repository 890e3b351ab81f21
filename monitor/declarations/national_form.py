"""The national form of 2021, as data: it holds until a province publishes a version of its own.

Source: the questions of the health declaration that the Ministry of Health's pages asked in 2021, when decision 2666/QĐ-BYT of 29 May 2021
told how declarations by QR code are made; written down from what was public, and not compared with the decision's annex on paper.
Whoever takes it into use compares it, and publishes a version where something differs.

The sentences stand in the catalogues, so that a language more translates the form too.
"""

from __future__ import annotations

from functools import lru_cache

from monitor.declarations.forms import YES, Condition, Form, Kind, Option, Question
from monitor.models.declarations import Signs
from monitor.words import N_, translator

DAYS_IN_FORCE = 7
SOURCE = "Quyết định 2666/QĐ-BYT, 29/05/2021"


def _both(english: str) -> dict[str, str]:
    return {"vi": translator("vi")(english), "en": english}


def _symptom(key: str, english: str, signs: Signs = Signs.SYMPTOM) -> Option:
    return Option(key, _both(english), signs)


def _met(key: str, english: str) -> Question:
    return Question(key, Kind.YES_NO, _both(english), required=True, signs=Signs.CONTACT)


@lru_cache(1)
def national_form() -> Form:
    """The shipped form."""
    symptoms = (
        _symptom("fever", N_("Fever")),
        _symptom("cough", N_("Cough")),
        _symptom("breathless", N_("Short of breath"), Signs.DANGER),
        _symptom("pneumonia", N_("Pneumonia")),
        _symptom("sore_throat", N_("Sore throat")),
        _symptom("tired", N_("Tiredness")),
        _symptom("none", N_("None of these"), Signs.NONE),
    )
    return Form(
        questions=(
            Question(
                "been",
                Kind.YES_NO,
                _both(N_("In the last 14 days, have you been to another province, country or territory?")),
                required=True,
            ),
            Question(
                "places",
                Kind.PLACES,
                _both(N_("Where were you, and when?")),
                hints=_both(N_("One line for each place. Give the days as well as you remember them.")),
                required=True,
                when=Condition("been", (YES,)),
            ),
            Question(
                "symptoms",
                Kind.SEVERAL,
                _both(N_("In the last 14 days, have you had any of these signs?")),
                required=True,
                options=symptoms,
            ),
            _met("met_case", N_("In the last 14 days, have you been in contact with someone who has, or may have, COVID-19?")),
            Question(
                "contacts",
                Kind.CONTACTS,
                _both(N_("Whom have you met, and when?")),
                hints=_both(N_("As far as you know; it helps the health station to call them.")),
                when=Condition("met_case", (YES,)),
            ),
            _met(
                "met_abroad",
                N_("In the last 14 days, have you been in contact with someone from a country where COVID-19 spreads?"),
            ),
            _met(
                "met_ill",
                N_(
                    "In the last 14 days, have you been in contact with someone who had fever, cough, trouble breathing or pneumonia?"
                ),
            ),
        ),
        days=DAYS_IN_FORCE,
        source=SOURCE,
    )
