"""The form on paper: as a PDF to print, for who has no telephone and for when nothing works; entered later, with the paper's day."""

from __future__ import annotations

from flask import Blueprint, Response, request

from monitor.accounts.access import Permission
from monitor.declarations.forms import Form, Kind, Question
from monitor.declarations.versions import form_in_force
from monitor.letters.typesetting import typeset_content
from monitor.words import N_, Translate, translator, words
from web.shared.common import language
from web.shared.guard import guarded
from web.shared.parts import parts
from web.shared.questions import COLUMNS, shown

LINES = 3
"""Of a list of places or people."""
_WHO = (
    N_("Name"),
    N_("Date of birth"),
    N_("Sex"),
    N_("Number of the citizen’s card or passport"),
    N_("Number of the health-insurance card"),
    N_("Telephone number"),
    N_("Ward or commune where this person lives now"),
    N_("House and street"),
)

pages = Blueprint("declaration_paper", __name__)


@pages.get("/declarations/form.pdf")
@guarded(Permission.SEE_DECLARATION, audit=None)
def blank() -> Response:
    chosen = request.args.get("in", language())
    chosen = chosen if chosen in ("vi", "en") else "vi"
    translate = translator(chosen)
    with parts().database.read() as session:
        form = form_in_force(session)
    content = {
        "language": chosen,
        "authority": parts().settings.speaker.headed(chosen),
        "title": translate(N_("Health declaration")),
        "who": [translate(each) for each in _WHO],
        "questions": [_printed(form, each, chosen, translate) for each in form.questions],
        "day": translate(N_("Day")),
        "signature": translate(N_("Signature of who declares")),
        "by": translate(N_("Filled in by, if someone else")),
        "purpose": words(
            N_(
                "Used for disease control only, by the health service; deleted after %(days)s days unless an open case needs it."
            ),
            days=parts().settings.keep_declarations_days,
        ).say(translate),
        "entered": translate(N_("For staff: entered on … by …")),
    }
    pdf = typeset_content("declaration.typ", content)
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": 'inline; filename="to-khai-y-te.pdf"'})


def _printed(form: Form, question: Question, chosen: str, translate: Translate) -> dict[str, object]:
    """A question on paper: boxes to tick, or lines to write on. What depends on another answer says on which."""
    (each,) = shown([question], chosen, translate)
    condition = ""
    on = form.question(question.when.question) if question.when is not None else None
    if on is not None and question.when is not None:
        (before,) = shown([on], chosen, translate)
        answers = ", ".join(before.options.get(key, key) for key in question.when.answers)
        number = form.questions.index(on) + 1
        condition = words(N_("Only where question %(number)s was answered: %(answers)s"), number=number, answers=answers).say(
            translate
        )
    return {
        "text": each.text,
        "hint": each.hint,
        "condition": condition,
        "options": list(each.options.values()),
        "columns": [translate(name) for name in COLUMNS.get(question.kind, {}).values()],
        "lines": LINES if question.kind in COLUMNS else 1,
        "wide": question.kind is Kind.TEXT,
    }
