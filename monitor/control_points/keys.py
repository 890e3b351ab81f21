"""The keys that place codes are signed with: made when first needed, sealed by the vault, withdrawn by people."""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from monitor.control_points.codes import KnownKey, PlaceCode, fragment_of, key_id
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.control_points import ControlPoint, PlaceKey
from monitor.people.pasted import plain
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from monitor.words import N_

LONGEST_WHY = 300
_SEALED_AS = "place codes"


def known_keys(session: Session) -> dict[str, KnownKey]:
    """All keys that ever signed here, by the names that codes give them."""
    columns = (PlaceKey.id, PlaceKey.public, PlaceKey.withdrawn_at)
    return {row.id: KnownKey(row.public, row.withdrawn_at is not None) for row in session.execute(select(*columns))}


def signed_fragment(session: Session, vault: Vault, point: ControlPoint, now: datetime) -> str:
    """The fragment of a point's newest code: always the same one until its codes are replaced or the key is withdrawn.

    In a write transaction, since the first code makes the key.
    """
    key = _current(session, vault, now)
    private = Ed25519PrivateKey.from_private_bytes(vault.unseal(_owner(key.number), key.sealed, about=_SEALED_AS))
    # A code is as old as the younger of what it needs.
    issued = max(point.codes_from, key.made_at).replace(microsecond=0)
    return fragment_of(PlaceCode(point.place_id, point.id, key.id, issued), private)


def withdraw_key(session: Session, key: str, why: str, *, account_id: int, now: datetime) -> None:
    """No code that this key signed is taken from now on; the next poster is signed with a new one. Raises BadInput, Conflict."""
    reason = plain(why)[:LONGEST_WHY]
    if not reason:
        raise BadInput(N_("Please say why."), field="why")
    mine = update(PlaceKey).where(PlaceKey.id == key, PlaceKey.withdrawn_at.is_(None))
    if not changed(session, mine.values(withdrawn_at=now, withdrawn_by=account_id, withdrawn_why=reason)):
        raise Conflict(N_("This key is withdrawn already."))
    audit.note(session, Action.PLACE_KEY_WITHDRAWN, at=now, account_id=account_id, key=key, reason=reason)


def _current(session: Session, vault: Vault, now: datetime) -> PlaceKey:
    newest = select(PlaceKey).where(PlaceKey.withdrawn_at.is_(None)).order_by(PlaceKey.number.desc()).limit(1)
    found = session.scalar(newest)
    if found is not None:
        return found
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    number = (session.scalar(select(func.max(PlaceKey.number))) or 0) + 1
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    sealed = vault.seal(_owner(number), raw, about=_SEALED_AS)
    # Two processes that need the first one at once keep one of the two: the number is unique.
    made = {"id": key_id(public), "number": number, "public": public, "sealed": sealed, "made_at": now, "withdrawn_why": ""}
    session.execute(insert_new(session, PlaceKey).values(made))
    return session.scalars(newest).one()


def _owner(number: int) -> str:
    """The vault's name of a pair of keys."""
    return f"signing-{number}"
