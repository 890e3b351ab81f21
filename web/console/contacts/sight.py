"""Which cases and contacts the reader may see: those of their zones; and where a case was only with a reason that holds."""

from __future__ import annotations

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.contacts.deciding import contact_of
from monitor.contacts.purposes import purpose_of
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact
from monitor.problems import NotFound
from monitor.words import N_
from web.shared.common import now, translate
from web.shared.guard import require_zone, the_reader

DISEASES = {"covid-19": N_("COVID-19"), "monkeypox": N_("Monkeypox")}
"""What shipped rules are about; another disease is shown as it was typed."""


def case_here(session: Session, case_id: int) -> InfectionCase:
    """A case of the reader's zones. Raises NotFound for another one as for none."""
    case = session.get(InfectionCase, case_id)
    require_zone(the_reader(), case.zone_id if case else None)
    assert case is not None
    return case


def contact_here(session: Session, contact_id: int) -> tuple[CaseContact, InfectionCase]:
    """A contact of a case of the reader's zones. Raises NotFound."""
    contact, case = contact_of(session, contact_id)
    require_zone(the_reader(), case.zone_id)
    if contact.merged_into_id is not None:
        raise NotFound(N_("This entry became part of another contact."))
    return contact, case


def may_look(session: Session, case: InfectionCase) -> bool:
    """Whether the reader has said why, and it still holds."""
    return purpose_of(session, case.id, the_reader().account_id, now()) is not None


def ask_why(case_id: int) -> Response:
    """To where the reader says why."""
    flash(translate(N_("Say first why you look: only then is it shown where this person was and whom they met.")), "problem")
    return redirect(url_for("infection_cases.show", case_id=case_id) + "#look", 303)


def disease_words(key: str) -> str:
    """What a disease is called."""
    return translate(DISEASES[key]) if key in DISEASES else key
