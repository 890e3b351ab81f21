"""What can be damaged, how it is found among many, and what staff are told to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, null, select
from sqlalchemy.orm import InstrumentedAttribute

from monitor.models.cameras.cameras import Camera
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceTemplate
from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import Household, Media, Resident
from monitor.models.sealed_columns import Unreadable
from monitor.vault.vault import OwnerGone, Vault, VaultProblem, camera_owner, resident_owner
from monitor.words import N_

PHONE_OF = N_("The telephone number of %(name)s cannot be read: it is damaged in the database. Please enter it again.")
DOCUMENT_OF = N_("The document number of %(name)s cannot be read: it is damaged in the database. Please enter it again.")
PHONE_OF_HOUSEHOLD = N_(
    "The telephone number of the household %(name)s cannot be read: it is damaged in the database. Please enter it again."
)
ADDRESS_OF_HOUSEHOLD = N_(
    "The address of the household %(name)s cannot be read: it is damaged in the database. Please enter it again."
)
PHONE_OF_GUARDIAN = N_(
    "The telephone number of the person who answers for %(name)s cannot be read: it is damaged in the database. Please enter it again."
)
ADDRESS_OF = N_("An address for messages to %(name)s cannot be read: it is damaged in the database. Please enter it again.")
KEY_OF = N_(
    "The key to %(name)s’s photos is damaged. Answers are kept without their photos meanwhile. Please ask whoever runs the service to put"
    " the key back from a backup."
)
PHOTO_OF = N_("A reference photo of %(name)s is damaged and is compared with no more. Please take another one.")
ADDRESS_OF_CAMERA = N_(
    "The address of the camera %(name)s cannot be read: it is damaged in the database. Please enter it again."
)
PASSWORD_OF = N_("The password of the camera %(name)s cannot be read: it is damaged. Please enter it again.")


@dataclass(frozen=True)
class Kind:
    """One kind of thing that can be damaged.

    name: as its cause is called. query: rows with `id`, `zone_id`, `resident_id`, `camera_id`, `name` and `value`. least: the column that
    they are looked through by, upwards. damaged: whether a row's value is. batch: how many are looked at together.
    """

    name: str
    reason: str
    query: Select[*tuple[Any, ...]]
    least: InstrumentedAttribute[int]
    damaged: Callable[[Vault, Row[*tuple[Any, ...]]], bool]
    batch: int = 2000


def _sealed(_vault: Vault, row: Row[*tuple[Any, ...]]) -> bool:
    return isinstance(row.value, Unreadable)


def _key(vault: Vault, row: Row[*tuple[Any, ...]]) -> bool:
    return not vault.opens(resident_owner(row.id))


def _template(vault: Vault, row: Row[*tuple[Any, ...]]) -> bool:
    owner = resident_owner(row.resident_id)
    # Where the key does not open, that is what is damaged.
    return vault.opens(owner) and not _opens(lambda: vault.unseal(owner, row.value, about="template"))


def _photo(vault: Vault, row: Row[*tuple[Any, ...]]) -> bool:
    owner = resident_owner(row.resident_id)
    return vault.opens(owner) and not _opens(lambda: vault.get(owner, row.value))


def _password(vault: Vault, row: Row[*tuple[Any, ...]]) -> bool:
    return bool(row.value) and not _opens(lambda: vault.unseal(camera_owner(row.id), row.value, about="password"))


def _opens(read: Callable[[], object]) -> bool:
    try:
        read()
    except OwnerGone:
        return True
    except (VaultProblem, OSError):
        return False
    return True


def _of_person(table: Any, value: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    return select(
        table.id,
        table.zone_id,
        table.resident_id,
        null().label("camera_id"),
        Resident.full_name.label("name"),
        value.label("value"),
    ).join(Resident, Resident.id == table.resident_id)


_NOBODY = null()
_RESIDENT = (
    Resident.id,
    Resident.zone_id,
    Resident.id.label("resident_id"),
    _NOBODY.label("camera_id"),
    Resident.full_name.label("name"),
)
_HOUSEHOLD = (
    Household.id,
    Household.zone_id,
    _NOBODY.label("resident_id"),
    _NOBODY.label("camera_id"),
    Household.name.label("name"),
)
_CAMERA = (
    Camera.id,
    Camera.zone_id,
    _NOBODY.label("resident_id"),
    Camera.id.label("camera_id"),
    Camera.name.label("name"),
)
_HAS_FILES = select(Media.id).where(Media.resident_id == Resident.id).exists()
KINDS: Sequence[Kind] = (
    Kind("resident.phone", PHONE_OF, select(*_RESIDENT, Resident.phone.label("value")), Resident.id, _sealed),
    Kind("resident.document", DOCUMENT_OF, select(*_RESIDENT, Resident.document_number.label("value")), Resident.id, _sealed),
    Kind("household.phone", PHONE_OF_HOUSEHOLD, select(*_HOUSEHOLD, Household.phone.label("value")), Household.id, _sealed),
    Kind(
        "household.address", ADDRESS_OF_HOUSEHOLD, select(*_HOUSEHOLD, Household.address.label("value")), Household.id, _sealed
    ),
    Kind(
        "guardian.phone",
        PHONE_OF_GUARDIAN,
        _of_person(Guardian, Guardian.phone).where(Guardian.ended_at.is_(None)),
        Guardian.id,
        _sealed,
    ),
    Kind("contact_address", ADDRESS_OF, _of_person(ContactAddress, ContactAddress.address), ContactAddress.id, _sealed),
    Kind("resident.key", KEY_OF, select(*_RESIDENT, Resident.id.label("value")).where(_HAS_FILES), Resident.id, _key),
    Kind("face_template", PHOTO_OF, _of_person(FaceTemplate, FaceTemplate.sealed), FaceTemplate.id, _template, 500),
    Kind(
        "enrolment_photo",
        PHOTO_OF,
        _of_person(EnrolmentPhoto, Media.name)
        .join(Media, Media.id == EnrolmentPhoto.media_id)
        .where(EnrolmentPhoto.state == EnrolmentState.KEPT),
        EnrolmentPhoto.id,
        _photo,
        50,
    ),
    Kind("camera.address", ADDRESS_OF_CAMERA, select(*_CAMERA, Camera.address.label("value")), Camera.id, _sealed),
    Kind("camera.password", PASSWORD_OF, select(*_CAMERA, Camera.sealed_password.label("value")), Camera.id, _password),
)


WHAT = {
    "resident.phone": N_("Telephone number of a resident"),
    "resident.document": N_("Document number of a resident"),
    "household.phone": N_("Telephone number of a household"),
    "household.address": N_("Address of a household"),
    "guardian.phone": N_("Telephone number of someone who answers for a resident"),
    "contact_address": N_("Address for messages to a resident"),
    "resident.key": N_("Key to a resident’s photos"),
    "face_template": N_("Face template of a resident"),
    "enrolment_photo": N_("Reference photo of a resident"),
    "camera.address": N_("Address of a camera"),
    "camera.password": N_("Password of a camera"),
}


def named(name: str) -> Iterator[Kind]:
    """The kind of this name, or none."""
    return (each for each in KINDS if each.name == name)
