"""Passkeys (WebAuthn): offered to a browser, checked for this console's own address, and used."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from struct import error as StructError
from typing import Any
from urllib.parse import urlsplit

import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from monitor.accounts.accounts import SignInRefused
from monitor.accounts.codes import digest
from monitor.accounts.factors import refuse_last
from monitor.database.database import insert_new
from monitor.database.statements import changed, inserted
from monitor.models.accounts import Account, Passkey, Role, UsedChallenge
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Words

ANSWERED_WITHIN = timedelta(minutes=5)
MOST_PASSKEYS = 20
# How the libraries tell of what a browser would never send: JSON nested too deep, keys of unknown kinds, numbers in place of text.
UNREADABLE_AS = (
    WebAuthnException,
    UnsupportedAlgorithm,
    RecursionError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    StructError,
)
UNREADABLE = N_("The answer of the passkey could not be read. Try again, or use another way to sign in.")


@dataclass(frozen=True)
class RelyingParty:
    """The console as browsers know it. id: its name without port. origin: with scheme and port. To no other do its passkeys answer."""

    id: str
    origin: str


@dataclass(frozen=True)
class Answered:
    """What a browser sent (JSON of a PublicKeyCredential), and the challenge that it was given with the time of that."""

    credential: str
    challenge: str
    given_at: datetime


def relying_party(address: str) -> RelyingParty | None:
    """The console at an address; None where browsers offer no passkeys: an address of numbers, or one without HTTPS."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
        return None
    except ValueError:
        pass
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host == "localhost")):
        return None
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return RelyingParty(host, f"{parts.scheme}://{host}{port}")


def what_is_wrong(credential: str, challenge: str, given_at: datetime, site: RelyingParty, now: datetime) -> Words | None:
    """What is wrong with a browser's answer before its signature is looked at, in words; None: nothing."""
    try:
        response = json.loads(credential)["response"]
        told = json.loads(base64url_to_bytes(response["clientDataJSON"]))
        origin, answered = str(told["origin"]), str(told["challenge"])
    except UNREADABLE_AS:
        return Words(UNREADABLE)
    if origin != site.origin:
        return Words(
            N_(
                "This passkey answered %(theirs)s, and the console’s address is %(ours)s. Open the console there and try again."
            ),
            {"theirs": origin[:80], "ours": site.origin},
        )
    if answered != challenge or now - given_at > ANSWERED_WITHIN:
        return Words(N_("The passkey answered too late, or to an older page. Reload the page and try again."))
    return None


def options_to_add(session: Session, account_id: int, site: RelyingParty) -> tuple[str, str]:
    """(JSON for navigator.credentials.create, the challenge in it). Raises Conflict."""
    account = session.get_one(Account, account_id)
    known = _credentials(session, account_id)
    if len(known) >= MOST_PASSKEYS:
        raise Conflict(N_("An account has at most %(count)s passkeys. Remove one that is not used."), count=MOST_PASSKEYS)
    options = webauthn.generate_registration_options(
        rp_id=site.id,
        rp_name="Quarantine",
        user_id=f"account-{account_id}".encode(),
        user_name=account.username,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_described(known),
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def options_to_sign_in(site: RelyingParty, passkeys: Sequence[str]) -> tuple[str, str]:
    """(JSON for navigator.credentials.get, the challenge in it). passkeys: those of whoever gave a password; none: any passkey of this
    console, alone, whose device makes sure who holds it."""
    options = webauthn.generate_authentication_options(
        rp_id=site.id,
        allow_credentials=_described(passkeys),
        user_verification=UserVerificationRequirement.PREFERRED if passkeys else UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def add_passkey(session: Session, account_id: int, answered: Answered, name: str, site: RelyingParty, *, now: datetime) -> None:
    """Keep a passkey that a browser made. Raises BadInput, Conflict."""
    wrong = what_is_wrong(answered.credential, answered.challenge, answered.given_at, site, now)
    if wrong is not None:
        raise BadInput(wrong.template, **wrong.values)
    try:
        made = webauthn.verify_registration_response(
            credential=answered.credential,
            expected_challenge=base64url_to_bytes(answered.challenge),
            expected_rp_id=site.id,
            expected_origin=site.origin,
        )
    except UNREADABLE_AS:
        raise BadInput(UNREADABLE) from None
    _use_up(session, answered, now)
    credential_id = bytes_to_base64url(made.credential_id)
    row = {
        "account_id": account_id,
        "credential_id": credential_id,
        "public_key": bytes_to_base64url(made.credential_public_key),
        "sign_count": made.sign_count,
        "name": name.strip()[:64] or "Passkey",
        "made_at": now,
    }
    if not inserted(session, insert_new(session, Passkey).values(**row)):
        raise Conflict(N_("This passkey is in use already."))
    audit.note(session, Action.FACTOR_ADDED, at=now, account_id=account_id, factor="passkey")


def use_passkey(
    session: Session, answered: Answered, site: RelyingParty, *, account_id: int | None, now: datetime
) -> Account | SignInRefused:
    """Whose passkey answered, rightly and for the first time; or why not, returned so that it is noted.

    account_id: who it must belong to; None: anyone, and its device must have made sure who holds it.
    """
    wrong = what_is_wrong(answered.credential, answered.challenge, answered.given_at, site, now)
    if wrong is not None:
        return _refuse(session, wrong, account_id, now)
    unknown = Words(
        N_(
            "This passkey is not known here: it belongs to another site, or was removed. Use your password, then your second factor."
        )
    )
    row = session.execute(
        select(Passkey, Account)
        .join(Account, Passkey.account_id == Account.id)
        .where(Passkey.credential_id == str(json.loads(answered.credential).get("id")), Account.active)
        .with_for_update()
    ).one_or_none()
    if row is None or (account_id is not None and row[1].id != account_id):
        return _refuse(session, unknown, account_id, now)
    passkey, account = row
    try:
        verified = webauthn.verify_authentication_response(
            credential=answered.credential,
            expected_challenge=base64url_to_bytes(answered.challenge),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=account_id is None,
        )
        _use_up(session, answered, now)
    except (Conflict, *UNREADABLE_AS):
        return _refuse(session, _not_accepted(), account.id, now)
    same = (Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count)
    if not changed(session, update(Passkey).where(*same).values(sign_count=verified.new_sign_count, used_at=now)):
        return _refuse(session, _not_accepted(), account.id, now)
    return account


def passkeys_of(session: Session, account_id: int) -> list[Passkey]:
    """An account's passkeys, the oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)))


def remove_passkey(session: Session, account_id: int, passkey_id: int, required: Collection[Role], *, now: datetime) -> None:
    """Raises NotFound; Conflict where it is the only factor and one is required."""
    account = session.scalars(select(Account).where(Account.id == account_id).with_for_update()).one()
    of_it = (Passkey.account_id == account_id, Passkey.id == passkey_id)
    if not session.scalar(select(func.count()).select_from(Passkey).where(*of_it)):
        raise NotFound(N_("This passkey was removed already."))
    total = session.scalar(select(func.count()).select_from(Passkey).where(Passkey.account_id == account_id)) or 0
    refuse_last(account, total - 1 + (account.totp_secret is not None), required)
    changed(session, delete(Passkey).where(*of_it))
    audit.note(session, Action.FACTOR_REMOVED, at=now, account_id=account_id, factor="passkey")


def _not_accepted() -> Words:
    return Words(N_("The passkey was not accepted. Try again; its device must check who holds it (PIN, finger or face)."))


def _refuse(session: Session, why: Words, account_id: int | None, now: datetime) -> SignInRefused:
    audit.note(session, Action.SIGN_IN_REFUSED, at=now, account_id=account_id, factor="passkey")
    return SignInRefused(why.template, **why.values)


def _use_up(session: Session, answered: Answered, now: datetime) -> None:
    """Nobody answers this challenge again. Raises Conflict."""
    session.execute(delete(UsedChallenge).where(UsedChallenge.expires_at < now))
    row: dict[str, Any] = {"challenge_hash": digest(answered.challenge), "expires_at": answered.given_at + 2 * ANSWERED_WITHIN}
    if not inserted(session, insert_new(session, UsedChallenge).values(**row)):
        raise Conflict(N_("The passkey answered too late, or to an older page. Reload the page and try again."))


def _credentials(session: Session, account_id: int) -> list[str]:
    return [each.credential_id for each in passkeys_of(session, account_id)]


def _described(credentials: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in credentials]
