"""Zalo's tokens: an access token for 25 hours, got with a refresh token that is good once, by one of all workers."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import urllib3
from sqlalchemy import CursorResult, Update, or_, update
from sqlalchemy.orm import Session

from monitor.clock import utc_now
from monitor.database import Database, insert_new
from monitor.models import ChannelToken
from monitor.sealed_columns import TOKEN, SealedValueProblem, cipher_of
from monitor.settings import Settings
from monitor.words import N_
from rollcall.channels import ChannelProblem

NAME = "zalo"
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
        self._cipher = cipher_of(database.engine.dialect)
        self._seed = hashlib.sha256(settings.zalo_refresh_token.encode()).hexdigest()
        self._connections = urllib3.PoolManager(timeout=urllib3.Timeout(_ASK_SECONDS), retries=False)
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

    def close(self) -> None:
        """Hang up."""
        self._connections.clear()

    def _good(self, kept: _Kept, refused: str) -> bool:
        mine = kept.begun_with == self._seed
        return mine and bool(kept.access) and kept.access != refused and kept.expires_at - REFRESH_AHEAD > utc_now()

    def _read(self) -> _Kept | None:
        with self._database.read() as session:
            row = session.get(ChannelToken, NAME)
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
                first = {"channel": NAME, "sealed": self._seal("", ""), "begun_with": "", "version": 0, "expires_at": now}
                session.execute(insert_new(session, ChannelToken), [first])
            return self._changed(
                session,
                update(ChannelToken)
                .where(
                    ChannelToken.channel == NAME,
                    ChannelToken.version == (kept.version if kept else 0),
                    or_(ChannelToken.refreshing_until.is_(None), ChannelToken.refreshing_until < now),
                )
                .values(refreshing_until=now + LEASE),
            )

    @staticmethod
    def _changed(session: Session, statement: Update) -> bool:
        result = session.execute(statement.execution_options(synchronize_session=False))
        assert isinstance(result, CursorResult)
        return bool(result.rowcount)

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
            session.execute(
                update(ChannelToken)
                .where(ChannelToken.channel == NAME)
                .values(
                    sealed=self._seal(access, newer),
                    begun_with=self._seed,
                    version=version,
                    expires_at=fresh.expires_at,
                    refreshing_until=None,
                )
                .execution_options(synchronize_session=False)
            )
        return fresh

    def _give_back(self) -> None:
        with self._database.write() as session:
            session.execute(
                update(ChannelToken)
                .where(ChannelToken.channel == NAME)
                .values(refreshing_until=None)
                .execution_options(synchronize_session=False)
            )

    def _ask(self, refresh: str) -> tuple[str, str, float]:
        form = {"refresh_token": refresh, "app_id": self._settings.zalo_app_id, "grant_type": "refresh_token"}
        try:
            answer = self._connections.request_encode_body(
                "POST",
                self._url,
                fields=form,
                encode_multipart=False,
                headers={"secret_key": self._settings.zalo_app_secret},
            )
            content = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise ChannelProblem(N_("Zalo cannot be reached (%(why)s)."), permanent=False, why=type(error).__name__) from None
        try:
            return str(content["access_token"]), str(content["refresh_token"]), float(content["expires_in"])
        except (KeyError, TypeError, ValueError):
            code = content.get("error") if isinstance(content, dict) else None
            raise ChannelProblem(
                N_("Zalo gave no token (error %(code)s). Let the application in anew and set zalo_refresh_token."),
                permanent=False,
                code=code if isinstance(code, int) else answer.status,
            ) from None
