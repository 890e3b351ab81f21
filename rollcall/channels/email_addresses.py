"""E-mail addresses as a mail server takes them, read from what people type and paste. Pure decisions.

Of what RFC 5321 allows only that which servers in use take: no quoted names, no addresses in figures, letters beyond ASCII after the @ only.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import idna

from monitor.people.pasted import named, plain
from monitor.problems import BadInput
from monitor.words import N_

# RFC 5321, 4.5.3.1, and RFC 3696's erratum 1690.
LONGEST_NAME, LONGEST = 64, 254
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]")
_NOT_IN_DOMAIN = re.compile(r"[^\w.-]")
# An <an@example.vn>, An (an@example.vn), an@example.vn (An)
_BESIDE_A_NAME = (re.compile(r"[^<>()@]*[<(]([^<>()]*)[>)]"), re.compile(r"([^<>()\s]+)\s*\([^()@]*\)"))
# What a sentence around it leaves at its ends.
_BEFORE, _BEHIND = " <([\"'“‘«", " >)]\"'”’».,;:"
_SEVERAL = re.compile(r"[,;\s/]+")


def read_email(given: str) -> str:
    """One address, its domain in ASCII. Raises BadInput that says which sign is wrong, or what else."""
    address = plain(given)
    if re.match(r"mailto:", address, re.IGNORECASE):
        address = unquote(address[len("mailto:") :].partition("?")[0])
    for form in _BESIDE_A_NAME:
        beside = form.fullmatch(address.rstrip(" .,;"))
        address = beside[1] if beside else address
    address = address.lstrip(_BEFORE).rstrip(_BEHIND)
    if not address or "@" not in address:
        raise _problem(N_("This is not an e-mail address. Example: an@example.vn"))
    if sum("@" in each for each in _SEVERAL.split(address)) > 1:
        raise _problem(N_("Please enter one e-mail address only."))
    name, _, domain = address.rpartition("@")
    if "@" in name or not name or not domain:
        raise _problem(N_("An e-mail address has one @, with something before and after it. Example: an@example.vn"))
    if " " in address:
        raise _problem(N_("An e-mail address has no spaces."))
    wrong = _NOT_IN_NAME.search(name) or _NOT_IN_DOMAIN.search(domain)
    if wrong:
        raise _problem(N_("%(sign)s cannot stand in an e-mail address."), sign=named(wrong[0]))
    if name.startswith(".") or name.endswith(".") or ".." in address:
        raise _problem(N_("A dot in an e-mail address has something before and after it."))
    domain = _in_ascii(domain)
    if len(name) > LONGEST_NAME or len(name) + 1 + len(domain) > LONGEST:
        raise _problem(N_("This e-mail address is too long."))
    return f"{name}@{domain}"


def _in_ascii(domain: str) -> str:
    try:
        written = idna.encode(domain, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        written = ""
    labels = written.split(".")
    if len(labels) < 2 or not re.search(r"[a-z]", labels[-1]):
        raise _problem(N_("After the @ there must be a domain such as example.vn."))
    return written


def _problem(template: str, **values: object) -> BadInput:
    return BadInput(template, field="address", **values)
