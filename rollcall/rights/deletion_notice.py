"""Staff are told some days before people's data is deleted, once for each person."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.people.retention import PurgeReport
from monitor.personal_data.coming import coming
from monitor.personal_data.periods import rules
from monitor.settings import Settings
from monitor.words import N_, translator, words
from rollcall.channels.apprise_addresses import tell_staff


def announce_deletions(database: Database, settings: Settings, now: datetime) -> int:
    """Tell staff whose data comes within the days of warning since the run before the newest; returns how many people.

    No name leaves: the console shows who it is.
    """
    ahead = timedelta(days=settings.warn_before_deletion_days)
    kept = {rule.kind: rule.kept for rule in rules(settings)}
    with database.read() as session:
        runs = session.scalars(select(PurgeReport.begun_at).order_by(PurgeReport.id.desc()).limit(2)).all()
        since = runs[1] if len(runs) > 1 else now - timedelta(days=1)
        people = {
            each.resident_id
            for _scope, each in coming(session, kept, before=now + ahead, now=now)
            if each.held_until is None and each.at > since + ahead
        }
    if people and settings.staff_alert_urls:
        translate = translator(settings.first_language)
        title = words(N_("Data will be deleted")).say(translate)
        said = words(
            N_("The data of %(count)s people will be deleted within %(days)s days. The console shows whose, under Retention."),
            count=len(people),
            days=settings.warn_before_deletion_days,
        ).say(translate)
        tell_staff(settings.staff_alert_urls, title, said)
    return len(people)
