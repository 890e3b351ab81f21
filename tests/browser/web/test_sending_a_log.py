"""A phone's log sent at 360 pixels: the base identifier is cut out in the browser, the log is matched and gone a day after; sentences."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.contacts.bluezone.asking import ask_for_log
from monitor.contacts.bluezone.identifiers import DAY_S, DailyKey, identifiers, slots
from monitor.contacts.bluezone.matching import match_waiting
from monitor.contacts.bluezone.receiving import Sent, receive
from monitor.contacts.cases import enter_case
from monitor.contacts.periods import Dates
from monitor.database.database import Database
from monitor.database.migrate import upgrade
from monitor.models.accounts import Role
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact, Certainty, Exposure
from monitor.models.contacts.tracing import ContactLog, LogState
from monitor.models.people.residents import Resident
from monitor.vault.vault import Vault
from tests.doubles.browsing import look_at
from tests.worlds.public_pages import public
from tests.worlds.small_zone import add_zone

pytestmark = pytest.mark.browser
BASE = "f0" * 32
CASE_KEY, OWN_KEY = bytes(range(32)), "ab" * 32


class Tracing:
    """A case whose key is known, and a contact who is asked for a log, on the real clock."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault, self.now = database, vault, datetime.now(UTC)
        _zone, (case, contact) = add_zone(database, residents=("An", "Bình"))
        with database.write() as session:
            staff = add_account(session, "hoa", "đúng là mật khẩu", Role.STAFF, zones=None, now=self.now).id
            resident = session.get_one(Resident, case)
            dates = Dates(onset_on=self.now.date() - timedelta(days=1))
            entered = enter_case(session, resident, "covid-19", dates, staff, self.now, token="t" * 20)
            met = CaseContact(case_id=entered.id, resident_id=contact, certainty=Certainty.POSSIBLE, named_at=self.now)
            session.add(met)
            session.flush()
            self.contact = met.id
            own = ask_for_log(session, session.get_one(InfectionCase, entered.id), None, staff, self.now)[1]
            self.code = ask_for_log(session, entered, met.id, staff, self.now)[1]
        self.since = int(self.now.timestamp()) // DAY_S * DAY_S - 2 * DAY_S
        said = json.dumps({"daily_key": CASE_KEY.hex(), "time_start": self.since})
        receive(database, vault, Sent(own, said, None), [self.rows()], self.now)

    def rows(self) -> bytes:
        """Twenty minutes beside the case, yesterday."""
        key = DailyKey(CASE_KEY, self.since, int(self.now.timestamp()))
        number = 96 + 20
        heard, begins = identifiers(key)[number].tobytes().hex().upper(), int(slots(key)[number])
        return "".join(f"{'AB' * 12}\t{heard}\t-60\t{(begins + 60 * minute) * 1000}\n" for minute in range(15)).encode()

    def log(self) -> ContactLog:
        with self.database.read() as session:
            return session.scalars(select(ContactLog).where(ContactLog.contact_id == self.contact)).one()

    def found(self) -> list[int | None]:
        with self.database.read() as session:
            return list(session.scalars(select(Exposure.contact_id)))


def choose(page: Page, log: bytes, key: object | None = None) -> None:
    page.set_input_files("#file", {"name": "data_trace.txt", "mimeType": "text/plain", "buffer": log})
    if key is not None:
        file = {"name": "InfoF.json", "mimeType": "application/json", "buffer": json.dumps(key).encode()}
        page.set_input_files("#key", file)


def test_a_log_is_sent_without_the_base_identifier_matched_and_deleted(browser: Browser, tmp_path: Path) -> None:
    database, vault = Database(f"sqlite:///{tmp_path}/t.db", bytes(32)), Vault(tmp_path / "vault", bytes(32))
    upgrade(database)
    tracing = Tracing(database, vault)
    sent: list[Request] = []
    with public(tmp_path, database, vault, language="en") as address:
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
        page = context.new_page()
        page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
        page.goto(f"{address}/bluezone")
        expect(page.get_by_text("A log without rows proves nothing")).to_be_visible()
        look_at(page, "bluezone-form")
        page.fill("#code", tracing.code.lower())
        choose(page, b"name,phone\nAn,0901\n" * 60)
        page.press("#send", "Enter")
        expect(page.locator("#problem")).to_contain_text("not a contact log of Bluezone")
        look_at(page, "bluezone-wrong")
        info = {"InfoF": {"base_id": BASE, "daily_key": OWN_KEY, "time_start": tracing.since, "time": 1}}
        choose(page, tracing.rows() + f'{{"base_id": "{BASE}"}}\n'.encode(), info)
        page.press("#send", "Enter")
        expect(page.locator("#done")).to_be_visible()
        expect(page.locator("#rows")).to_have_text("15")
        look_at(page, "bluezone-done")
        # A log with the base identifier in it would have been refused by the server.
        headers = [request.headers for request in sent]
        context.close()
    assert BASE not in json.dumps(headers)
    assert json.loads(headers[-1]["x-log-key"]) == {"daily_key": OWN_KEY, "time_start": tracing.since}
    match_waiting(database, vault, tracing.now)
    assert tracing.found() == [tracing.contact]
    match_waiting(database, vault, tracing.now + timedelta(hours=24))
    assert (tracing.log().state, tracing.log().file) == (LogState.DELETED, None)
    assert tracing.found() == [tracing.contact]
    database.dispose()
