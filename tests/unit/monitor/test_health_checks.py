"""What is right, missing and wrong with an installation, as a table; and the exit code that follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.health.checks import TITLES, VERDICTS, Part, Verdict, exit_code, judge
from monitor.health.facts import (
    AccountFacts,
    CertificateFacts,
    ChannelFacts,
    DatabaseFacts,
    DiskFacts,
    Facts,
    MailboxFacts,
    ProxyFacts,
    ZoneCameras,
)
from monitor.people.sunset import Sunset
from monitor.words import N_, translator, words

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
WHY = words(N_("unknown"))
GIGABYTE = 2**30
SOUND = Facts(
    now=NOW,
    service_version="0.3.0",
    python=(3, 11, 7),
    libraries={"av": "18.1.0"},
    database=DatabaseFacts("postgresql", "15.14", clock_apart=timedelta(milliseconds=40)),
    disk=DiskFacts(100 * GIGABYTE, 200 * GIGABYTE),
    backup_at=NOW - timedelta(hours=9),
    proxy=ProxyFacts(https=True, secure_cookies=True, trusted=True, forwarded=True),
    certificates=(CertificateFacts("quanly.example.vn", NOW + timedelta(days=60)),),
    channels=(ChannelFacts("sms", NOW - timedelta(hours=1), NOW - timedelta(hours=1)),),
    cameras=(ZoneCameras("Khu A", 12, 12, 12),),
    processes={"schedule": 1, "watch": 2, "web": 1, "work": 2},
    accounts=AccountFacts(administrators=True),
    sheet_confirmed=True,
    authority="Trạm Y tế phường Phú Cường",
    zones=True,
    sunset=Sunset((NOW + timedelta(days=40)).date(), NOW + timedelta(days=41)),
)
OF_DATABASE = {Part.PROCESSES, Part.ACCOUNTS, Part.SHEET, Part.AUTHORITY, Part.ENROLMENT, Part.CHANNELS, Part.CAMERAS}


def verdicts(facts: Facts, part: Part) -> set[Verdict]:
    return {each.verdict for each in judge(facts) if each.part is part}


def test_a_sound_installation_is_right_in_every_part() -> None:
    checks = judge(SOUND)
    assert {each.part for each in checks} == set(Part)
    assert {each.verdict for each in checks} == {Verdict.RIGHT}
    assert exit_code(checks) == 0
    assert all(each.to_do is None for each in checks)


@pytest.mark.parametrize(
    ("changes", "part", "verdict"),
    [
        ({"sunset": None}, Part.ENROLMENT, Verdict.MISSING),
        ({"sunset": Sunset(NOW.date(), NOW + timedelta(days=14, seconds=1))}, Part.ENROLMENT, Verdict.RIGHT),
        ({"sunset": Sunset(NOW.date(), NOW + timedelta(days=14))}, Part.ENROLMENT, Verdict.MISSING),
        ({"sunset": Sunset(NOW.date(), NOW)}, Part.ENROLMENT, Verdict.MISSING),
        ({"python": (3, 10, 2)}, Part.VERSIONS, Verdict.WRONG),
        ({"libraries": {"av": ""}}, Part.VERSIONS, Verdict.WRONG),
        ({"database": DatabaseFacts("postgresql", problem=WHY)}, Part.DATABASE, Verdict.WRONG),
        ({"database": DatabaseFacts("sqlite", "3.53", schema=False)}, Part.DATABASE, Verdict.WRONG),
        ({"database": DatabaseFacts("postgresql", "15", clock_apart=timedelta(seconds=2.5))}, Part.DATABASE, Verdict.WRONG),
        ({"database": DatabaseFacts("postgresql", "15", clock_apart=timedelta(seconds=-9))}, Part.DATABASE, Verdict.WRONG),
        ({"database": DatabaseFacts("postgresql", "15", clock_apart=timedelta(seconds=-1.5))}, Part.DATABASE, Verdict.RIGHT),
        ({"database": DatabaseFacts("sqlite", "3.53")}, Part.DATABASE, Verdict.RIGHT),
        ({"disk": DiskFacts(9 * GIGABYTE, 20 * GIGABYTE)}, Part.DISK, Verdict.MISSING),
        ({"disk": DiskFacts(GIGABYTE, 20 * GIGABYTE)}, Part.DISK, Verdict.WRONG),
        ({"disk": DiskFacts(99 * GIGABYTE, 200 * GIGABYTE, writable=False)}, Part.DISK, Verdict.WRONG),
        ({"backup_at": None}, Part.BACKUP, Verdict.MISSING),
        ({"backup_at": NOW - timedelta(hours=37)}, Part.BACKUP, Verdict.WRONG),
        ({"backup_at": NOW + timedelta(minutes=1)}, Part.BACKUP, Verdict.RIGHT),
        ({"proxy": ProxyFacts(https=False, secure_cookies=False, trusted=False)}, Part.PROXY, Verdict.MISSING),
        ({"proxy": ProxyFacts(https=True, secure_cookies=False, trusted=True)}, Part.PROXY, Verdict.WRONG),
        ({"proxy": ProxyFacts(https=True, secure_cookies=True, trusted=False, forwarded=True)}, Part.PROXY, Verdict.WRONG),
        ({"proxy": ProxyFacts(https=True, secure_cookies=True, trusted=False)}, Part.PROXY, Verdict.RIGHT),
        ({"certificates": (CertificateFacts("a.vn", NOW + timedelta(days=20)),)}, Part.CERTIFICATES, Verdict.WRONG),
        ({"certificates": (CertificateFacts("a.vn", NOW - timedelta(days=1)),)}, Part.CERTIFICATES, Verdict.WRONG),
        ({"certificates": (CertificateFacts("a.vn", problem=WHY),)}, Part.CERTIFICATES, Verdict.WRONG),
        ({"certificates": (CertificateFacts("a.vn", NOW + timedelta(days=90), WHY),)}, Part.CERTIFICATES, Verdict.WRONG),
        ({"channels": ()}, Part.CHANNELS, Verdict.MISSING),
        ({"channels": (ChannelFacts("sms"),)}, Part.CHANNELS, Verdict.MISSING),
        ({"channels": (ChannelFacts("sms", NOW, NOW, failed=WHY),)}, Part.CHANNELS, Verdict.WRONG),
        ({"channels": (ChannelFacts("sms", NOW, NOW - timedelta(hours=7)),)}, Part.CHANNELS, Verdict.WRONG),
        # Mail has no receipts, and a gateway may have none: then none is missed.
        ({"channels": (ChannelFacts("email", NOW),)}, Part.CHANNELS, Verdict.RIGHT),
        ({"channels": (ChannelFacts("sms", NOW),)}, Part.CHANNELS, Verdict.RIGHT),
        ({"cameras": ()}, Part.CAMERAS, Verdict.MISSING),
        ({"cameras": (ZoneCameras("Khu A", 12, 11, 11),)}, Part.CAMERAS, Verdict.WRONG),
        ({"cameras": (ZoneCameras("Khu A", 12, 12, 11),)}, Part.CAMERAS, Verdict.WRONG),
        ({"processes": {"schedule": 1, "work": 1}}, Part.PROCESSES, Verdict.WRONG),
        ({"processes": {}}, Part.PROCESSES, Verdict.WRONG),
        ({"accounts": AccountFacts(administrators=False)}, Part.ACCOUNTS, Verdict.MISSING),
        ({"accounts": AccountFacts(administrators=True, unguarded=("lan",))}, Part.ACCOUNTS, Verdict.WRONG),
        ({"sheet_confirmed": False}, Part.SHEET, Verdict.MISSING),
        ({"authority": ""}, Part.AUTHORITY, Verdict.MISSING),
        ({"zones": False}, Part.AUTHORITY, Verdict.MISSING),
    ],
)
def test_each_fact_has_its_verdict_and_what_is_not_right_says_what_to_do(
    changes: dict[str, Any], part: Part, verdict: Verdict
) -> None:
    facts = replace(SOUND, **changes)
    found = verdicts(facts, part)
    assert verdict in found
    checks = judge(facts)
    assert exit_code(checks) == {Verdict.RIGHT: 0, Verdict.MISSING: 3, Verdict.WRONG: 1}[verdict]
    for each in checks:
        assert (each.to_do is None) is (each.verdict is Verdict.RIGHT), each
        for language in ("vi", "en"):
            said = each.says.say(translator(language))
            assert "%(" not in said
            assert said != each.says.template or not each.says.values or language == "en"


def test_what_is_wrong_counts_more_than_what_is_missing() -> None:
    checks = judge(replace(SOUND, backup_at=None, processes={}))
    assert exit_code(checks) == 1


@pytest.mark.parametrize("database", [DatabaseFacts("postgresql", problem=WHY), DatabaseFacts("sqlite", "3.53", schema=False)])
def test_where_the_database_cannot_be_asked_nothing_is_said_of_what_is_in_it(database: DatabaseFacts) -> None:
    parts = {each.part for each in judge(replace(SOUND, database=database))}
    assert not parts & OF_DATABASE
    assert parts == set(Part) - OF_DATABASE


def test_how_long_ago_is_said_in_its_largest_unit() -> None:
    def said(span: timedelta) -> str:
        facts = replace(SOUND, channels=(ChannelFacts("email", NOW - span),))
        return next(each.says.say(translator("en")) for each in judge(facts) if each.part is Part.CHANNELS)

    assert "5 seconds ago" in said(timedelta(seconds=5))
    assert "3 minutes ago" in said(timedelta(seconds=190))
    assert "30 hours ago" in said(timedelta(hours=30))
    assert "3 days ago" in said(timedelta(days=3))


def test_every_part_and_verdict_has_its_words() -> None:
    assert set(TITLES) == set(Part)
    assert set(VERDICTS) == set(Verdict)


@pytest.mark.parametrize(
    ("mailbox", "verdict"),
    [
        (MailboxFacts(NOW - timedelta(seconds=12)), Verdict.RIGHT),
        (MailboxFacts(NOW - timedelta(minutes=11)), Verdict.WRONG),
        (MailboxFacts(NOW - timedelta(seconds=12), NOW - timedelta(minutes=5), WHY), Verdict.WRONG),
    ],
)
def test_a_mailbox_that_nobody_reads_is_wrong(mailbox: MailboxFacts, verdict: Verdict) -> None:
    assert verdicts(replace(SOUND, mailbox=mailbox), Part.CHANNELS) == {Verdict.RIGHT, verdict}
