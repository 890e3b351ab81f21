"""The master key's recovery sheet: shown in one answer and kept nowhere, then confirmed by typing two of its groups."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.problems import BadInput
from monitor.setting_up import recovery_sheet
from monitor.setting_up.steps import Step
from monitor.trail.actions import Action
from web.console.setting_up.pages import SET_UP, around, page, require_every_zone
from web.shared.common import now, say
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.qr_codes import qr_code
from web.shared.setting_up import master_key, steps_of

pages = Blueprint("recovery_sheet", __name__)
ASKED = "sheet_groups"
HERE = "recovery_sheet.show"


def _asked() -> list[int]:
    """Which groups this session was asked for; none before a sheet was shown in it."""
    return [int(each) for each in session.get(ASKED, [])]


@pages.get("/set-up/recovery_sheet")
@guarded(SET_UP, audit=None)
def show() -> str:
    return page(Step.RECOVERY_SHEET, asked=_asked(), problem=None)


@pages.post("/set-up/recovery_sheet")
@guarded(SET_UP, audit=Action.RECOVERY_SHEET_SHOWN, confirmed=HERE)
def sheet() -> str:
    require_every_zone()
    key = master_key()
    with parts().database.write() as transaction:
        recovery_sheet.note_shown(transaction, key, by=the_reader().account_id, now=now())
        shown = around(Step.RECOVERY_SHEET, steps_of(transaction))
    session[ASKED] = recovery_sheet.choose_groups()
    return render_template(
        "console/setting_up/sheet.html",
        groups=recovery_sheet.groups_of(key),
        code=qr_code(key.hex()),
        name=recovery_sheet.fingerprint(key),
        asked=_asked(),
        problem=None,
        console=parts().settings.console_address,
        **shown,
    )


@pages.post("/set-up/recovery_sheet/confirm")
@guarded(SET_UP, audit=Action.RECOVERY_SHEET_CONFIRMED)
def confirm() -> Response | tuple[str, int]:
    require_every_zone()
    typed = {number: request.form.get(f"group-{number}", "")[:20] for number in _asked()}
    try:
        with parts().database.write() as transaction:
            recovery_sheet.confirm(transaction, master_key(), _asked(), typed, by=the_reader().account_id, now=now())
    except BadInput as problem:
        return page(Step.RECOVERY_SHEET, asked=_asked(), problem=say(problem.words)), problem.status
    session.pop(ASKED, None)
    flash(_("The recovery sheet is confirmed. Keep it in a safe, apart from the server."))
    return redirect(url_for("set_up.step", name=Step.ZONE.value), 303)
