"""“Set-up and health”: how far setting up is, and what is there, missing or wrong, by the same checks as `quarantine doctor`."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

from flask import Blueprint, render_template, request

from monitor.health.certificates import of_address
from monitor.health.checks import TITLES, VERDICTS, Check, Verdict, judge
from monitor.health.facts import CertificateFacts
from monitor.health.gathering import gather
from monitor.setting_up.steps import next_step
from monitor.settings import Settings
from rollcall.channels.names import channel_names
from web.console.setting_up.pages import SET_UP, address_of
from web.console.setting_up.sentences import ABOUT, ICONS, PROGRESS
from web.shared.caller import UNTRUSTED
from web.shared.common import now
from web.shared.guard import guarded
from web.shared.parts import parts
from web.shared.setting_up import master_key, steps_of

pages = Blueprint("set_up_health", __name__)
# A certificate does not change from one page to the next, and its server may be slow.
ASKED_AGAIN_AFTER = 600.0
_asked: dict[str, tuple[float, CertificateFacts]] = {}
TONES = {Verdict.RIGHT: ("good", "check"), Verdict.MISSING: ("calm", "question"), Verdict.WRONG: ("bad", "warning")}


def _checks() -> list[Check]:
    settings = parts().settings
    facts = gather(
        settings,
        parts().database,
        now=now(),
        channels=channel_names(settings),
        key=master_key(),
        needing=parts().needing,
        forwarded=UNTRUSTED in request.environ,
        ask_addresses=False,
    )
    return judge(replace(facts, certificates=(*facts.certificates, *_certificates(settings))))


def _certificates(settings: Settings) -> list[CertificateFacts]:
    """Of the public addresses, each asked once in a while."""
    found = []
    for address in dict.fromkeys((settings.console_url, settings.residents_url, settings.public_url)):
        if not address.startswith("https://"):
            continue
        at, known = _asked.get(address, (0.0, None))
        if known is None or time.monotonic() - at > ASKED_AGAIN_AFTER:
            known = of_address(address)
            _asked[address] = (time.monotonic(), known)
        found.append(known)
    return found


@pages.get("/set-up")
@guarded(SET_UP, audit=None)
def show() -> str:
    with parts().database.read() as session:
        states = steps_of(session)
    checks = _checks()
    return render_template(
        "console/setting_up/health.html",
        states=states,
        following=next_step(states),
        about=ABOUT,
        progress_words=PROGRESS,
        progress_icons=ICONS,
        address_of=address_of,
        checks=checks,
        counts=Counter(each.verdict for each in checks),
        verdicts=VERDICTS,
        titles=TITLES,
        tones=TONES,
        order=(Verdict.WRONG, Verdict.MISSING, Verdict.RIGHT),
    )
