"""All accounts, and invitations to new ones."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from monitor.accounts.access import Permission
from monitor.accounts.invitations import Handed, invite
from monitor.accounts.passkeys import passkeys_of
from monitor.database.many_rows import one_of
from monitor.models.accounts import Account, AccountZone, Passkey, Role
from monitor.models.places import Zone
from monitor.problems import BadInput, Problem
from monitor.trail.actions import Action
from monitor.words import LANGUAGES
from rollcall.channels.channel import ChannelProblem
from web.console.accounts.access_form import read_access
from web.console.accounts.mail import mail_address, mail_invitation
from web.console.zones_of_reader import zones_of
from web.shared.common import now, say
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.qr_codes import qr_code

PAGE = 60
pages = Blueprint("accounts", __name__)


@pages.get("/accounts")
@guarded(Permission.MANAGE_ACCOUNTS, audit=None)
def account_list() -> str:
    reader = the_reader()
    after = request.args.get("after", 0, type=int)
    with parts().database.read() as session:
        named: dict[int, list[tuple[int, str]]] = {}
        for account_id, zone_id, name in session.execute(
            select(AccountZone.account_id, Zone.id, Zone.name).join(Zone, Zone.id == AccountZone.zone_id).order_by(Zone.name)
        ):
            named.setdefault(account_id, []).append((zone_id, name))
        accounts = [
            each
            for each in session.scalars(select(Account).order_by(Account.active.desc(), Account.username))
            if reader.covers(None if each.all_zones else [zone_id for zone_id, _name in named.get(each.id, [])])
        ]
        start = next((place + 1 for place, each in enumerate(accounts) if each.id == after), 0)
        shown = accounts[start : start + PAGE]
        passkeys = dict(
            session.execute(
                select(Passkey.account_id, func.count())
                .where(one_of(Passkey.account_id, [each.id for each in shown]))
                .group_by(Passkey.account_id)
            ).all()
        )
    factors = {each.id: (each.totp_secret is not None, passkeys.get(each.id, 0)) for each in shown}
    zones = {account_id: [name for _zone, name in of_it] for account_id, of_it in named.items()}
    return render_template(
        "console/accounts/accounts.html",
        accounts=shown,
        zones=zones,
        factors=factors,
        at=now(),
        needing=parts().needing,
        following=shown[-1].id if len(accounts) > start + PAGE else None,
        first=not start,
    )


def factors_of(session: Session, account: Account) -> tuple[bool, int]:
    """(whether there is an authenticator app, how many passkeys)."""
    return account.totp_secret is not None, len(passkeys_of(session, account.id))


def _form(session: Session, given: MultiDict[str, str], wrong: dict[str | None, str]) -> str:
    return render_template(
        "console/accounts/account_new.html",
        zones=zones_of(session, the_reader()),
        roles=Role,
        languages=LANGUAGES,
        given=given,
        wrong=wrong,
        with_mail=bool(parts().settings.smtp_host),
    )


@pages.get("/accounts/new")
@guarded(Permission.MANAGE_ACCOUNTS, audit=None, confirmed="accounts.new")
def new() -> str:
    with parts().database.read() as session:
        return _form(session, MultiDict({"role": Role.STAFF, "language": "vi"}), {})


@pages.post("/accounts")
@guarded(Permission.MANAGE_ACCOUNTS, audit=Action.ACCOUNT_INVITED, confirmed="accounts.new")
def make() -> str | tuple[str, int]:
    form, reader = request.form, the_reader()
    language = form.get("language", "") if form.get("language") in LANGUAGES else "vi"
    try:
        address = mail_address(form.get("mail", ""))
        with parts().database.write() as session:
            access = read_access(session, reader)
            handed = invite(
                session,
                form.get("username", ""),
                access.role,
                zones=access.zones,
                language=language,
                by=reader.account_id,
                now=now(),
            )
    except BadInput as problem:
        with parts().database.read() as session:
            return _form(session, form, {problem.field: say(problem.words)}), problem.status
    return handed_over(handed, form.get("username", "").strip().lower(), language, address)


def handed_over(handed: Handed, username: str, language: str, address: str) -> str:
    """The only page that shows an invitation: to be printed, copied, or mailed to an address ("": not mailed)."""
    link = parts().settings.console_address + url_for("invitation.opened", code=handed.code)
    mailed: Problem | None = None
    if address:
        try:
            mail_invitation(parts().settings, address, link, language, handed.expires_at)
        except ChannelProblem as problem:
            mailed = problem
    return render_template(
        "console/accounts/handed_over.html",
        handed=handed,
        username=username,
        link=link,
        code=qr_code(link),
        typed_at=parts().settings.console_address + url_for("invitation.code"),
        address=address,
        mail_problem=say(mailed.words) if mailed else None,
    )
