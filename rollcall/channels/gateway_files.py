"""What is known of each HTTP gateway by name, read from one file each: how it is asked, what it answers, how its receipts read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from monitor.settings import SettingsProblem
from monitor.words import N_
from rollcall.channels.channel import Receipt
from rollcall.channels.heard import Heard, heard_receipt, without_digits
from rollcall.channels.receipt_states import Decision, decide

FOLDER = Path(__file__).parent / "gateways"
_PLACE = re.compile(r"\{(to|text|reference|key|secret|sender|callback|unicode)\}")


@dataclass(frozen=True)
class Asking:
    """The request. Strings may hold {to}, {text}, {reference}, {key}, {secret}, {sender}, {callback} and {unicode}."""

    base: str
    path: str
    format: Literal["json", "form"]
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    basic: Sequence[str] = ()
    """User and password of basic authentication; empty: none."""


@dataclass(frozen=True)
class Answering:
    """Where the answer says what. Paths are divided by dots; a number is a place in a list, `*` means all of it.

    status: empty where the HTTP status alone decides. problem: the error code of an answer with another status than 2xx; usually
    the same as status. same: it has a message of this reference already. What is in no list is tried again where the gateway knows
    references, and uncertain otherwise.
    """

    id: str
    status: str = ""
    problem: str = ""
    accepted: Sequence[str] = ()
    same: Sequence[str] = ()
    again: Sequence[str] = ()
    permanent: Sequence[str] = ()


@dataclass(frozen=True)
class Reporting:
    """How a receipt reads. items: the path of a list of receipts; empty: there is one. Conditions: any of them, all of its fields.

    under_way: what the gateway documents that decides nothing yet. state: where its word of state is.
    """

    id: str
    delivered: Sequence[Mapping[str, str]]
    failed: Sequence[Mapping[str, str]]
    under_way: Sequence[Mapping[str, str]]
    state: str
    items: str = ""
    reference: str = ""
    detail: str = ""


@dataclass(frozen=True)
class GatewayFile:
    """One gateway. needs: settings that must be there. unicode: what {unicode} is for GSM 03.38 and for other letters."""

    name: str
    sources: Sequence[str]
    needs: Sequence[str]
    number: Literal["national", "international", "plus"]
    idempotent: bool
    request: Asking
    answer: Answering
    receipt: Reporting
    unicode: Sequence[Any] = ("0", "1")
    per_second: float = 0.0
    """What the gateway documents; 0: nothing."""
    wait_header: str = ""
    """Says in seconds how long to wait, beside Retry-After."""
    longest_callback: int = 1000


def gateway_names() -> list[str]:
    """The gateways that there are files of."""
    return sorted(each.stem for each in FOLDER.glob("*.toml"))


@lru_cache
def read_gateway(name: str) -> GatewayFile:
    """One gateway's file. Raises SettingsProblem where there is none."""
    if name not in gateway_names():
        raise SettingsProblem(
            N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
            name="sms_gateway",
            value=repr(name),
            kind=", ".join(gateway_names()),
        )
    content = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    parts: dict[str, Any] = {
        "request": Asking(**content.pop("request")),
        "answer": Answering(**content.pop("answer")),
        "receipt": Reporting(**content.pop("receipt")),
    }
    return GatewayFile(**content, **parts)


def fill(pattern: Any, values: Mapping[str, Any]) -> Any:
    """A pattern of a file with its places filled in; a string that is one place alone becomes the value itself."""
    if isinstance(pattern, Mapping):
        return {key: fill(each, values) for key, each in pattern.items()}
    if isinstance(pattern, list):
        return [fill(each, values) for each in pattern]
    if not isinstance(pattern, str):
        return pattern
    whole = _PLACE.fullmatch(pattern)
    return values[whole[1]] if whole else _PLACE.sub(lambda found: str(values[found[1]]), pattern)


def look_up(content: Any, path: str) -> Any:
    """What is at a path; None where nothing is. With `*` a list."""
    keys = path.split(".")
    for position, key in enumerate(keys):
        if isinstance(content, Mapping):
            # A field's own name may have a dot in it.
            content = content.get(".".join(keys[position:]), content.get(key))
        elif isinstance(content, list) and key == "*":
            rest = ".".join(keys[position + 1 :])
            return [look_up(each, rest) if rest else each for each in content]
        elif isinstance(content, list) and key.isdecimal() and int(key) < len(content):
            content = content[int(key)]
        else:
            return None
    return content


def numbered(telephone: str, way: str) -> str:
    """A number as a gateway wants it. telephone: +84901234567, or as people in Vietnam write it."""
    digits = re.sub(r"\D", "", telephone)
    if not telephone.strip().startswith("+"):
        digits = f"84{digits[1:]}" if digits.startswith("0") and not digits.startswith("00") else digits.removeprefix("00")
    if way == "national" and digits.startswith("84"):
        return f"0{digits[2:]}"
    return f"+{digits}" if way == "plus" else digits


@dataclass(frozen=True)
class ToldReceipts:
    """What a gateway told: the receipts that decide something, and how each was read."""

    receipts: Sequence[Receipt]
    heard: Sequence[Heard]


def read_receipts(
    known: GatewayFile, told: Mapping[str, Any], at: Any, own: Mapping[str, Decision] | None = None
) -> ToldReceipts:
    """The receipts in what a gateway told. told: its fields, of the address and the body; own: words of state that a setting adds."""
    says = known.receipt
    found = look_up(told, says.items) if says.items else [told]
    receipts, heard = [], []
    for each in found if isinstance(found, list) else []:
        name, word = _text(look_up(each, says.id)), _text(look_up(each, says.state))
        decision = _decide(says, each, word, own or {})
        shown = f"{says.id}={name} {says.state}={word}" if name and word else without_digits(str(each))
        heard.append(heard_receipt("", shown, name, word, decision))
        if name and decision in (Decision.DELIVERED, Decision.FAILED):
            delivered = decision is Decision.DELIVERED
            reference = _text(look_up(each, says.reference)) if says.reference else ""
            detail = _text(look_up(each, says.detail)) if says.detail else ""
            receipts.append(Receipt(name[:128], delivered, at, "" if delivered else detail[:300], reference[:128]))
    return ToldReceipts(receipts, heard)


def _decide(says: Reporting, told: Any, word: str, own: Mapping[str, Decision]) -> Decision | None:
    if word and decide(word, {}) != decide(word, own):
        return decide(word, own)
    documented = ((Decision.DELIVERED, says.delivered), (Decision.FAILED, says.failed), (Decision.UNDER_WAY, says.under_way))
    return next((decision for decision, conditions in documented if _any(conditions, told)), None)


def _any(conditions: Sequence[Mapping[str, str]], told: Any) -> bool:
    return any(all(_holds(wanted, _text(look_up(told, path))) for path, wanted in one.items()) for one in conditions)


def _holds(wanted: str, said: str) -> bool:
    if wanted.startswith("<="):
        return said.isdecimal() and int(said) <= int(wanted[2:])
    if wanted.startswith(">="):
        return said.isdecimal() and int(said) >= int(wanted[2:])
    return said.lower() == wanted.lower()


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list | bool) else str(value)
