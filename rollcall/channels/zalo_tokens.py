"""Zalo's tokens: an access token for 25 hours, got with a refresh token that is good once, by one of all workers."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import or_, update

from monitor.calls_out.allowed import ANYWHERE
from monitor.calls_out.http import Unreachable, call_once
from monitor.clock import utc_now
from monitor.database.database import Database, insert_new
from monitor.database.statements import changed
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.messages import ChannelToken
from monitor.models.sealed_columns import TOKEN, SealedValueProblem
from monitor.settings import Settings
from monitor.words import N_
from rollcall.channels.channel import ChannelProblem

REFRESH_AHEAD = timedelta(minutes=10)
# One that died while it asked: then the next one tries with the same refresh token.
LEASE = timedelta(seconds=30)
WAIT_SECONDS = 15.0
_ASK_SECONDS = 10.0


@dataclass(frozen=True)
class _Kept:
    access: str
    refresh: str
    version: int
    expires_at: datetime
    begun_with: str


class ZaloTokens:
    """Tokens in the database, sealed with the key of its columns; the first refresh token comes from the settings."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._url = f"{settings.zalo_login_base.rstrip('/')}/v4/oa/access_token"
        self._cipher = database.cipher
        self._seed = hashlib.sha256(settings.zalo_refresh_token.encode()).hexdigest()
        self._known: _Kept | None = None

    def access(self, refused: str = "") -> str:
        """An access token that is good. refused: one that Zalo no longer took. Raises ChannelProblem."""
        known = self._known
        if known is not None and self._good(known, refused):
            return known.access
        end = time.monotonic() + WAIT_SECONDS
        while True:
            kept = self._read()
            if kept is not None and self._good(kept, refused):
                self._known = kept
                return kept.access
            if self._take_lease(kept):
                self._known = self._refresh(kept)
                return self._known.access
            if time.monotonic() > end:
                raise ChannelProblem(N_("No token for Zalo came in time."), permanent=False)
            time.sleep(0.2)

    def _good(self, kept: _Kept, refused: str) -> bool:
        mine = kept.begun_with == self._seed
        return mine and bool(kept.access) and kept.access != refused and kept.expires_at - REFRESH_AHEAD > utc_now()

    def _read(self) -> _Kept | None:
        with self._database.read() as session:
            row = session.get(ChannelToken, ChannelName.ZALO)
        if row is None:
            return None
        try:
            plain = self._cipher.unseal(TOKEN, row.sealed.decode())
        except (SealedValueProblem, UnicodeDecodeError):
            # Another key: what the settings hold is all there is.
            return _Kept("", "", row.version, row.expires_at, "")
        access, refresh = json.loads(plain)
        return _Kept(access, refresh, row.version, row.expires_at, row.begun_with)

    def _seal(self, access: str, refresh: str) -> bytes:
        return self._cipher.seal(TOKEN, json.dumps([access, refresh])).encode()

    def _take_lease(self, kept: _Kept | None) -> bool:
        """Whether it is ours to get new ones."""
        now = utc_now()
        with self._database.write() as session:
            if kept is None:
                first = {
                    "channel": ChannelName.ZALO,
                    "sealed": self._seal("", ""),
                    "begun_with": "",
                    "version": 0,
                    "expires_at": now,
                }
                session.execute(insert_new(session, ChannelToken), [first])
            free = (
                ChannelToken.channel == ChannelName.ZALO,
                ChannelToken.version == (kept.version if kept else 0),
                or_(ChannelToken.refreshing_until.is_(None), ChannelToken.refreshing_until < now),
            )
            return bool(changed(session, update(ChannelToken).where(*free).values(refreshing_until=now + LEASE)))

    def _refresh(self, kept: _Kept | None) -> _Kept:
        mine = kept is not None and kept.begun_with == self._seed and kept.refresh
        refresh = kept.refresh if kept is not None and mine else self._settings.zalo_refresh_token
        version = (kept.version if kept else 0) + 1
        try:
            access, newer, seconds = self._ask(refresh)
        except ChannelProblem:
            self._give_back()
            raise
        fresh = _Kept(access, newer, version, utc_now() + timedelta(seconds=seconds), self._seed)
        with self._database.write() as session:
            # The old refresh token is worth nothing from now on: this is kept whatever else happened to the lease.
            changed(
                session,
                update(ChannelToken)
                .where(ChannelToken.channel == ChannelName.ZALO)
                .values(
                    sealed=self._seal(access, newer),
                    begun_with=self._seed,
                    version=version,
                    expires_at=fresh.expires_at,
                    refreshing_until=None,
                ),
            )
        return fresh

    def _give_back(self) -> None:
        with self._database.write() as session:
            changed(session, update(ChannelToken).where(ChannelToken.channel == ChannelName.ZALO).values(refreshing_until=None))

    def _ask(self, refresh: str) -> tuple[str, str, float]:
        form = {"refresh_token": refresh, "app_id": self._settings.zalo_app_id, "grant_type": "refresh_token"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "secret_key": self._settings.zalo_app_secret}
        try:
            answer = call_once(self._url, urlencode(form), headers, allowed=ANYWHERE, seconds=_ASK_SECONDS)
        except Unreachable as error:
            raise ChannelProblem(N_("Zalo cannot be reached (%(why)s)."), permanent=False, why=str(error)) from None
        content = answer.json()
        try:
            return str(content["access_token"]), str(content["refresh_token"]), float(content["expires_in"])
        except (KeyError, TypeError, ValueError):
            code = content.get("error") if isinstance(content, dict) else None
            raise ChannelProblem(
                N_("Zalo issued no token (error %(code)s). Authorise the application again and set zalo_refresh_token."),
                permanent=False,
                code=code if isinstance(code, int) else answer.status,
            ) from None
