"""What can be set, from the environment and one optional file; wrong keys and impossible values are told at start."""

from __future__ import annotations

import dataclasses
import difflib
import os
import secrets
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from monitor.problems import Problem
from monitor.words import LANGUAGES, N_
from monitor.working_days import Holidays, read_holidays

PREFIX = "QUARANTINE_"
FILE_VARIABLE = "QUARANTINE_SETTINGS"
MASK = "••••••"
# Secrets that the service makes for itself where none is set.
MADE_ONCE = {"secret_key", "master_key", "answer_key", "push_key"}
# What a gateway tells of a text that somebody wrote, and of a call.
TEXT_FIELDS = ("id", "from", "text", "at")
CALL_FIELDS = ("id", "reference", "key", "status", "answered_by", "at")
# Variables of ours that are no settings: who started a process, and passwords handed to one command.
OTHER_VARIABLES = {
    FILE_VARIABLE,
    "QUARANTINE_PARENT",
    "QUARANTINE_CAMERA_PASSWORD",
    "QUARANTINE_DEMONSTRATION_CAMERA_PASSWORD",
}


class SettingsProblem(Problem):
    """A key that does not exist or a value that cannot be."""


def _setting(default: Any, says: str, *, secret: bool = False, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"says": says, "secret": secret, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    """Effective settings. Each is `QUARANTINE_<NAME>` in the environment, or `<name>` in the TOML file; the environment wins."""

    data_folder: Path = _setting(Path("data"), "Folder for the embedded database, keys, pictures and logs")
    database_url: str = _setting("", "SQLAlchemy address of the database; empty: SQLite in the data folder", secret=True)
    language: str = _setting("vi", "Language of commands and of residents who chose none: vi or en")
    timezone: str = _setting("Asia/Ho_Chi_Minh", "Time zone of new zones and of the console")
    host: str = _setting("127.0.0.1", "Address to listen on")
    port: int = _setting(8080, "Port of the console", low=1, high=65535)
    residents_port: int = _setting(8081, "Port of the residents' page", low=1, high=65535)
    residents_url: str = _setting("", "Address of the residents' page as phones see it; empty: host and port above")
    secure_cookies: bool = _setting(False, "Send cookies over HTTPS only; set it wherever HTTPS is used")
    secret_key: str = _setting("", "Signs links and sessions; empty: made once in the data folder", secret=True)
    master_key: str = _setting("", "Wraps the keys of people's pictures, 64 hexadecimal digits; empty: made once", secret=True)
    master_key_before: str = _setting(
        "", "The master key before, while `quarantine vault rotate` wraps everything anew", secret=True
    )
    answer_key: str = _setting(
        "", "Opens answers that a phone kept while it had no line, 64 hexadecimal digits; empty: made once", secret=True
    )
    sms_gateway_url: str = _setting("", "HTTP gateway that takes text messages (POST JSON: to, text, reference)")
    sms_gateway_token: str = _setting("", "Bearer token for the gateway, and the one its receipts must carry", secret=True)
    sms_gateway: str = _setting(
        "", "HTTP gateway known by name: esms, infobip, messagebird, speedsms, twilio or vonage; in place of sms_gateway_url"
    )
    sms_key: str = _setting("", "Key, account or token that the gateway of sms_gateway gave", secret=True)
    sms_secret: str = _setting("", "Secret that the gateway of sms_gateway gave, where it gives two", secret=True)
    sms_sender: str = _setting("", "Number or registered name that text messages come from (sms_gateway)")
    sms_base: str = _setting("", "Address in place of the gateway's usual one, for example https://abc.api.infobip.com")
    sms_per_second: float = _setting(
        0.0, "Most text messages a second of all workers together; 0: what the gateway documents", low=0, high=10000
    )
    sms_without_accents: bool = _setting(
        False, "Send built-in texts without Vietnamese accents: 160 characters a part in place of 70"
    )
    price_sms_part: int = _setting(0, "Price of one part of a text message, in đồng", low=0, high=1000000)
    price_voice_minute: int = _setting(0, "Price of a call's first minute, in đồng", low=0, high=1000000)
    price_email: int = _setting(0, "Price of an e-mail, in đồng", low=0, high=1000000)
    price_push: int = _setting(0, "Price of a notification of the browser, in đồng", low=0, high=1000000)
    price_zalo: int = _setting(0, "Price of a Zalo message, in đồng", low=0, high=1000000)
    price_zns: int = _setting(0, "Price of a template message of Zalo (ZNS), in đồng", low=0, high=1000000)
    price_apprise: int = _setting(0, "Price of a message over Apprise, in đồng", low=0, high=1000000)
    zalo_app_id: str = _setting("", "Zalo application that sends for the Official Account; empty: no Zalo messages")
    zalo_app_secret: str = _setting("", "Secret key of the Zalo application", secret=True)
    zalo_refresh_token: str = _setting(
        "",
        "Refresh token that Zalo gave when the Official Account let the application in; newer ones are kept by us",
        secret=True,
    )
    zalo_oa_secret: str = _setting("", "Secret key of the Official Account that signs what Zalo tells us", secret=True)
    zalo_base: str = _setting("https://openapi.zalo.me", "Address of Zalo's messages")
    zalo_login_base: str = _setting("https://oauth.zaloapp.com", "Address of Zalo's tokens")
    zalo_per_second: float = _setting(
        0.0, "Most Zalo messages a second of all workers together; 0: no limit", low=0, high=10000
    )
    zns_templates: str = _setting(
        "", "Templates of Zalo (ZNS) by kind of message, for example: first=123456 reminder=123457 first.en=123458; empty: none"
    )
    zns_parameters: str = _setting(
        "name={name} due={due} link={link}", "Parameters of these templates, filled with {name}, {due}, {link} and {path}"
    )
    zns_base: str = _setting("https://business.openapi.zalo.me", "Address of Zalo's template messages")
    zns_per_second: float = _setting(
        0.0, "Most template messages of Zalo a second of all workers together; 0: no limit", low=0, high=10000
    )
    apprise_schemes: str = _setting(
        "", "Services that a resident's Apprise address may name, for example: tgram signal viber; empty: none"
    )
    staff_alert_urls: str = _setting("", "Apprise addresses, divided by spaces, that tell staff", secret=True)
    sms_answer_number: str = _setting(
        "", "Number that people write to, told in messages to people without a smartphone; empty: they are asked to call 1022"
    )
    sms_inbound_token: str = _setting(
        "", "What the gateway must carry when it hands over texts; empty: sms_gateway_token", secret=True
    )
    sms_inbound_fields: str = _setting(
        "",
        "How the gateway calls the fields of a text where not id, from, text, at: for example id=MessageSid from=From text=Body",
    )
    smpp_host: str = _setting("", "SMPP gateway that takes text messages, in place of an HTTP gateway")
    smpp_port: int = _setting(2775, "Port of the SMPP gateway", low=1, high=65535)
    smpp_system_id: str = _setting("", "Name to bind to the SMPP gateway with")
    smpp_password: str = _setting("", "Password to bind to the SMPP gateway with", secret=True)
    smpp_sender: str = _setting("", "Number or name that text messages come from")
    smpp_window: int = _setting(10, "Messages handed to the SMPP gateway before it answered the first", low=1, high=500)
    smpp_per_second: float = _setting(
        0.0, "Most message parts a second to the SMPP gateway, of all workers together; 0: no limit", low=0, high=10000
    )
    voice_gateway_url: str = _setting(
        "", "HTTP gateway that calls and reads a text out (POST JSON: to, text, language, reference)"
    )
    voice_gateway_token: str = _setting(
        "", "Bearer token for the voice gateway, and the one its receipts must carry", secret=True
    )
    voice_fields: str = _setting(
        "", "How the voice gateway calls id, reference, key, status, answered_by, at: for example id=CallSid key=Digits"
    )
    voice_keys: bool = _setting(True, "The voice gateway hands over keys that people press; calls then tell which")
    smtp_host: str = _setting("", "Mail server that takes e-mail to residents")
    smtp_port: int = _setting(587, "Port of the mail server", low=1, high=65535)
    smtp_security: str = _setting("starttls", "How mail travels: starttls, tls or none")
    smtp_user: str = _setting("", "Name to sign in to the mail server with; empty: without signing in")
    smtp_password: str = _setting("", "Password to sign in to the mail server with", secret=True)
    mail_from: str = _setting("", "Address that mail comes from")
    push_contact: str = _setting("", "mailto: address that push services may write to; empty: no notifications are sent")
    push_key: str = _setting("", "Signs notifications, 64 hexadecimal digits; empty: made once in the data folder", secret=True)
    messages_per_day: int = _setting(24, "Most messages a person gets in 24 hours, whatever plans ask for", low=1, high=1000)
    face_engine: str = _setting("sface", "First face engine: sface, dlib, or the TOML file of another pair of models")
    second_face_engine: str = _setting("dlib", "Second opinion in the grey zone: sface, dlib, a TOML file, or none")
    upload_megabytes: int = _setting(8, "Largest picture taken from a phone", low=1, high=64)
    offline_after_seconds: float = _setting(12.0, "A camera that sent nothing for so long is offline", low=2, high=600)
    faces_every_seconds: float = _setting(30.0, "How often faces are looked for when nothing moves", low=1, high=3600)
    present_for_minutes: float = _setting(10.0, "How long a sighting by camera counts as present", low=0.5, high=1440)
    keep_selfies_hours: int = _setting(72, "Hours that a selfie and a place are kept after the verdict", low=1, high=8760)
    keep_faces_days: int = _setting(
        14, "Days that enrolled photos and face templates are kept after release; 0: deleted on the day", low=0, high=365
    )
    keep_person_days: int = _setting(14, "Days that all else about a person is kept after release", low=0, high=3650)
    keep_incident_media_days: int = _setting(
        30, "Days that pictures and clips of a resolved incident are kept", low=1, high=365
    )
    keep_unknown_texts_days: int = _setting(14, "Days that texts from unknown numbers are kept", low=1, high=365)
    warn_before_deletion_days: int = _setting(3, "Days before a deletion from which it is announced", low=0, high=60)
    holidays_file: str = _setting(
        "",
        "TOML file of public holidays, by which limits in working days are counted; empty: the table that comes with the service",
    )
    workers: int = _setting(1, "Processes that send prompts and verify answers", low=1, high=64)
    watchers: int = _setting(1, "Processes that watch cameras", low=1, high=64)
    feed_host: str = _setting("127.0.0.1", "Where this machine's watchers hand out live pictures to the console")
    web_threads: int = _setting(48, "Requests and live pages served at once", low=8, high=1024)
    demonstration: bool = _setting(False, "Set by `quarantine demo`: pages say that all people are invented")

    @property
    def database(self) -> str:
        """The database's address, with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.data_folder.resolve()}/quarantine.db"

    @property
    def residents_address(self) -> str:
        """Where phones reach the residents' page, without a slash at the end."""
        return (self.residents_url or f"http://{self.host}:{self.residents_port}").rstrip("/")

    @property
    def zone(self) -> ZoneInfo:
        """The default time zone."""
        return ZoneInfo(self.timezone)

    @property
    def holidays(self) -> Holidays:
        """The table of public holidays. Raises HolidaysUnreadable."""
        return read_holidays(Path(self.holidays_file)) if self.holidays_file else read_holidays()

    def secret(self, name: str) -> bytes:
        """A secret setting's bytes; made once, readable by the owner only, in the data folder when it is not set."""
        given: str = getattr(self, name)
        if given:
            return given.encode()
        return made_once(self.data_folder / "secrets" / name).encode()


def made_once(path: Path) -> str:
    """The random secret in a file, readable by its owner only; made when it is not there yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Two processes may start at once: whoever links the finished file first wins, and both read that one.
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def _convert(name: str, kind: Any, raw: Any, meta: Mapping[str, Any]) -> Any:
    try:
        if kind is bool:
            if isinstance(raw, bool):
                return raw
            return {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}[
                str(raw).strip().lower()
            ]
        if isinstance(raw, bool):
            raise ValueError
        value = kind(raw)
    except (KeyError, ValueError, TypeError):
        kinds = {bool: "true/false", int: "1, 2, 3 …", float: "1.5 …"}
        raise SettingsProblem(
            N_("Setting %(name)s cannot be %(value)s; it takes %(kind)s."),
            name=name,
            value=MASK if meta["secret"] else repr(raw),
            kind=kinds.get(kind, kind.__name__),
        ) from None
    low, high = meta["low"], meta["high"]
    if low is not None and not low <= value <= high:
        raise SettingsProblem(
            N_("Setting %(name)s is %(value)s; it must be from %(low)s to %(high)s."),
            name=name,
            value=value,
            low=low,
            high=high,
        )
    return value


def _check(settings: Settings) -> None:
    choices: dict[str, tuple[str, ...]] = {
        "language": LANGUAGES,
        "smtp_security": ("starttls", "tls", "none"),
    }
    for name, allowed in choices.items():
        if getattr(settings, name) not in allowed:
            raise SettingsProblem(
                N_("Setting %(name)s cannot be %(value)s; it takes %(kind)s."),
                name=name,
                value=repr(getattr(settings, name)),
                kind=", ".join(allowed),
            )
    for name, allowed in {"face_engine": ("sface", "dlib"), "second_face_engine": ("sface", "dlib", "none")}.items():
        engine: str = getattr(settings, name)
        if engine not in allowed and not engine.endswith(".toml"):
            raise SettingsProblem(
                N_("Setting %(name)s cannot be %(value)s; it takes %(kind)s."),
                name=name,
                value=repr(engine),
                kind=", ".join((*allowed, "*.toml")),
            )
    if settings.timezone not in available_timezones():
        raise SettingsProblem(
            N_("There is no time zone named %(value)s; for example Asia/Ho_Chi_Minh."), value=settings.timezone
        )
    if settings.port == settings.residents_port:
        raise SettingsProblem(N_("Settings port and residents_port are both %(value)s; give them two."), value=settings.port)
    ways = [name for name in ("smpp_host", "sms_gateway_url", "sms_gateway") if getattr(settings, name)]
    if len(ways) > 1:
        raise SettingsProblem(
            N_("Settings %(one)s and %(other)s both say where text messages go; leave one empty."), one=ways[0], other=ways[1]
        )
    if settings.zalo_app_id and not (settings.zalo_app_secret and settings.zalo_refresh_token):
        raise SettingsProblem(N_("Setting zalo_app_id needs zalo_app_secret and zalo_refresh_token."))
    for name, known in (("sms_inbound_fields", TEXT_FIELDS), ("voice_fields", CALL_FIELDS)):
        for each in getattr(settings, name).split():
            ours, _, theirs = each.partition("=")
            if ours not in known or not theirs:
                raise SettingsProblem(
                    N_("Setting %(name)s cannot be %(value)s; it takes %(kind)s."),
                    name=name,
                    value=repr(each),
                    kind=", ".join(f"{every}=…" for every in known),
                )
    if settings.smtp_host and "@" not in settings.mail_from:
        raise SettingsProblem(N_("Setting smtp_host needs mail_from, the address that mail comes from."))
    if settings.push_contact and not settings.push_contact.startswith("mailto:"):
        raise SettingsProblem(N_("Setting push_contact must begin with mailto:, for example mailto:it@example.vn."))
    for name in ("master_key", "master_key_before", "answer_key", "push_key"):
        value: str = getattr(settings, name)
        try:
            whole = not value or len(bytes.fromhex(value)) == 32
        except ValueError:
            whole = False
        if not whole:
            raise SettingsProblem(N_("Setting %(name)s must be 64 hexadecimal digits."), name=name)
    # A file that cannot be read is told now, not when somebody asks something.
    _ = settings.holidays
    if settings.database_url:
        try:
            backend = make_url(settings.database_url).get_backend_name()
        except ArgumentError:
            raise SettingsProblem(
                N_("Setting database_url is no database address; for example postgresql+psycopg://…")
            ) from None
        if backend not in ("sqlite", "postgresql"):
            raise SettingsProblem(
                N_("Setting database_url names %(value)s; SQLite and PostgreSQL are supported."), value=backend
            )


def load_settings(environment: Mapping[str, str] | None = None, path: Path | None = None) -> Settings:
    """Read the file (given, or named by QUARANTINE_SETTINGS), then the environment. Raises SettingsProblem.

    `DATABASE_URL` is taken as database_url, `QUARANTINE_<NAME>_FILE` names a file that holds a secret.
    """
    environment = os.environ if environment is None else environment
    kinds = typing.get_type_hints(Settings)
    known = {each.name: each for each in fields(Settings)}
    values: dict[str, Any] = {}

    def take(key: str, raw: Any, where: str) -> None:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            if near:
                raise SettingsProblem(
                    N_("%(where)s: there is no setting %(name)s. Did you mean %(near)s?"), where=where, name=key, near=near[0]
                )
            raise SettingsProblem(
                N_("%(where)s: there is no setting %(name)s. `quarantine settings` lists them all."), where=where, name=key
            )
        values[key] = _convert(key, kinds[key], raw, known[key].metadata)

    if path is None and environment.get(FILE_VARIABLE):
        path = Path(environment[FILE_VARIABLE])
    if path is not None:
        try:
            content = tomllib.loads(path.read_text())
        except OSError as error:
            raise SettingsProblem(
                N_("The settings file %(path)s cannot be read: %(why)s."), path=str(path), why=error.strerror
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsProblem(
                N_("The settings file %(path)s is no TOML: %(why)s."), path=str(path), why=str(error)
            ) from None
        for key, raw in content.items():
            take(key, raw, str(path))
    if environment.get("DATABASE_URL"):
        values["database_url"] = environment["DATABASE_URL"]
    for variable, raw in environment.items():
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES:
            continue
        key = variable.removeprefix(PREFIX).lower()
        if key not in known and key.endswith("_file") and key.removesuffix("_file") in known:
            try:
                raw = Path(raw).read_text().strip()
            except OSError as error:
                raise SettingsProblem(
                    N_("The file %(path)s that %(name)s names cannot be read: %(why)s."),
                    path=raw,
                    name=variable,
                    why=error.strerror,
                ) from None
            key = key.removesuffix("_file")
        take(key, raw, variable)
    settings = Settings(**values)
    # SQLAlchemy's default driver for PostgreSQL is another one than ours.
    if settings.database_url.startswith(("postgres://", "postgresql://")):
        rest = settings.database_url.split("://", 1)[1]
        settings = dataclasses.replace(settings, database_url=f"postgresql+psycopg://{rest}")
    _check(settings)
    return settings


def describe(settings: Settings) -> list[tuple[str, str, str]]:
    """Every setting as (name, effective value with secrets masked, what it is)."""
    rows = []
    for each in fields(Settings):
        value = getattr(settings, each.name)
        if each.name == "database_url":
            shown = make_url(settings.database).render_as_string(hide_password=True)
        elif each.metadata["secret"]:
            shown = MASK if value else "(made once in the data folder)" if each.name in MADE_ONCE else "(none)"
        else:
            shown = str(value)
        rows.append((each.name, shown, each.metadata["says"]))
    return rows


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for child processes."""
    return {f"{PREFIX}{each.name.upper()}": str(getattr(settings, each.name)) for each in fields(Settings)}
