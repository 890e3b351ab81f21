"""What words to the hotline seem to be about: a first guess that sorts the list. People decide. Pure."""

from __future__ import annotations

import re

from monitor.folding import folded
from monitor.models.hotline import TicketKind
from monitor.models.rollcalls.inbound import InboundMeaning
from rollcall.answers.care import TICKET_OF
from rollcall.inbound.reading import Reading, read

_DANGERS = frozenset({"breathless", "chest_pain", "confusion", "danger"})
# Folded; a space before each word, so that none is found inside another. What is more urgent stands first.
_WORDS = {
    TicketKind.EMERGENCY: (
        "cap cuu, nguy kich, bat tinh, ngat xiu, tu tu, tu sat, chay nha, hoa hoan, emergency, unconscious, suicide, ambulance, on fire"
    ),
    TicketKind.MONEY: "het tien, khong co tien, can tien, tien tro cap, tro cap, ho tro tien, goi ho tro, no money, money, allowance",
    TicketKind.VIOLATION: (
        "tron cach ly, tron khoi, vi pham, tu tap, khong deo khau trang, to cao, to giac, khai bao gian doi, hanh hung, danh nhau, escaped,"
        " breaking quarantine, gathering, party, violation"
    ),
    TicketKind.TECHNICAL: (
        "mat dien, cup dien, mat nuoc, cup nuoc, wifi, mat mang, ung dung, dang nhap, duong link, khong mo duoc, bao loi, power cut,"
        " no electricity, no water, the app, the link, website, log in"
    ),
    TicketKind.HEALTH_ADVICE: (
        "tiem, vac xin, vaccine, xet nghiem, trieu chung, dieu tri, cach ly bao lau, tu van, test result, symptoms, vaccination, doctor"
    ),
}
_PATTERNS = {
    kind: re.compile("|".join(rf" {each.strip()}(?= |$)" for each in listed.split(","))) for kind, listed in _WORDS.items()
}


def kind_of(text: str, reading: Reading | None = None) -> TicketKind:
    """The kind of a ticket with these words. reading: of the same text, where somebody has read it."""
    reading = reading or read(text)
    signs = {each for statement in reading.statements for each in statement.symptoms}
    wishes = {each for statement in reading.statements for each in statement.wishes}
    plain = folded(text)
    if signs & _DANGERS or _PATTERNS[TicketKind.EMERGENCY].search(plain):
        return TicketKind.EMERGENCY
    for wish, kind in TICKET_OF.items():
        if wish in wishes:
            return kind
    found = next((kind for kind, pattern in _PATTERNS.items() if pattern.search(plain)), None)
    if found is not None:
        return found
    return TicketKind.HEALTH_ADVICE if reading.meaning is InboundMeaning.ILL else TicketKind.OTHER
