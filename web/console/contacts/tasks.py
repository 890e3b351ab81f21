"""What is still to be done about contacts in the reader's zones: calls, tests and orders, the soonest due first."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from monitor.accounts.access import Permission
from monitor.contacts.figures import figures_asked
from monitor.contacts.listing import name_of, tasks_due
from monitor.database.together import read
from monitor.trail import audit
from monitor.trail.actions import Action
from web.console.paging import after_key, read_key
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

PAGE = 50

pages = Blueprint("contact_tasks", __name__)


@pages.get("/contact-tasks")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CONTACT_TASKS_LISTED)
def listed() -> str:
    at, reader = now(), the_reader()
    key = read_key(request.args.get("after"))
    with parts().database.write() as session:
        rows = tasks_due(session, reader.zones, (key[0], key[2]) if key else None, PAGE + 1)
        figures = read(session, figures_asked(reader.zones, at))
        people = sorted({row[1].resident_id for row in rows[:PAGE] if row[1].resident_id is not None})
        audit.note(session, Action.CONTACT_TASKS_LISTED, at=at, account_id=reader.account_id, about=people)
    return render_template(
        "console/contacts/tasks.html",
        rows=[(row[0], row[1], *name_of(row[1], row[2], row[3])) for row in rows[:PAGE]],
        figures=figures,
        following=after_key(rows[PAGE - 1][0].due_at, rows[PAGE - 1][0].id) if len(rows) > PAGE else None,
        at=at,
        timezone=str(parts().settings.zone),
    )
