"""What can be set, from the environment and one optional file; wrong keys and impossible values are told at start."""

from __future__ import annotations

import contextlib
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
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from monitor.authority import Authority
from monitor.calls_out.allowed import Allowed, Network, read_allowed, read_networks
from monitor.clock import timezone_names
from monitor.models.accounts import Role
from monitor.problems import Problem
from monitor.stated import stated
from monitor.words import LANGUAGES, N_, Translate
from monitor.working_days import Holidays, read_holidays

PREFIX = "QUARANTINE_"
FILE_VARIABLE = "QUARANTINE_SETTINGS"
LANGUAGE_VARIABLE = f"{PREFIX}LANGUAGE"
# Of people in quarantine here, whatever a machine's terminal speaks.
FIRST_LANGUAGE = "vi"
FIRST_TIMEZONE = "Asia/Ho_Chi_Minh"
MASK = "••••••"
# Secrets that the service makes for itself where none is set.
MADE_ONCE = {"secret_key", "master_key", "answer_key", "push_key"}
# Of the residents' pages, https:// included: up to here each built-in text message with its link is one part, two with accents.
LONGEST_ADDRESS = 30
# What a gateway tells of a text that someone wrote, and of a call.
TEXT_FIELDS = ("id", "from", "text", "at", "part_of", "parts", "part", "concat", "udh")
# What gateways call these where no setting says it: Vonage's names of parts, and the header of a part as it came.
USUAL_FIELDS = {
    "part_of": ("concat-ref", "concat_ref", "concatRef"),
    "parts": ("concat-total", "concat_total", "concatTotal"),
    "part": ("concat-part", "concat_part", "concatPart"),
    "concat": ("concat",),
    "udh": ("udh", "UDH"),
}
# What a switchboard tells of a call to the hotline, and what switchboards call these where no setting says it.
HOTLINE_CALL_FIELDS = ("id", "event", "from", "extension", "at")
USUAL_CALL_FIELDS = {
    "id": ("id", "call_id", "callid", "CallId", "CallSid", "uniqueid", "Uniqueid", "linkedid"),
    "event": ("event", "status", "state", "CallStatus", "call_status"),
    "from": ("from", "caller", "caller_id", "CallerIDNum", "From", "ani"),
    "extension": ("extension", "to_extension", "agent", "dst", "To", "ext"),
    "at": ("at", "time", "timestamp", "Timestamp"),
}
# What a word in a delivery receipt can say.
RECEIPT_STATES = ("delivered", "failed", "under_way")
CALL_FIELDS = ("id", "reference", "key", "status", "answered_by", "at")
# Variables of ours that are no settings: who started a process, and passwords handed to one command.
OTHER_VARIABLES = {
    FILE_VARIABLE,
    "QUARANTINE_PARENT",
    "QUARANTINE_LIFE",
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

    data_folder: Path = _setting(Path("data"), N_("Folder for the embedded database, keys, pictures and logs"))
    database_url: str = _setting("", N_("SQLAlchemy address of the database; empty: SQLite in the data folder"), secret=True)
    language: str = _setting(
        "",
        N_(
            "Language of commands, and of residents who have not chosen one: vi or en;"
            " empty: that of the terminal, and for residents as on the set-up page, else Vietnamese"
        ),
    )
    authority: str = _setting(
        "",
        N_(
            "Who speaks to residents on pages, in calls and mail, for example Trạm Y tế phường Phú Cường;"
            " empty: as on the set-up page, else the health service"
        ),
    )
    authority_in_english: str = _setting("", N_("The same name in English; empty: as in authority"))
    complaints: str = _setting(
        "",
        N_(
            "Where people complain about how their data is handled, outside this service: name, address, telephone;"
            " empty: said in general"
        ),
    )
    hotline: str = _setting("", N_("Number that people call for help; empty: as on the set-up page, else 1022"))
    timezone: str = _setting(
        "", N_("Time zone of new zones and of the console; empty: as on the set-up page, else Asia/Ho_Chi_Minh")
    )
    host: str = _setting("127.0.0.1", N_("Address to listen on"))
    port: int = _setting(8080, N_("Port of the console"), low=1, high=65535)
    console_url: str = _setting(
        "",
        N_(
            "Address of the console as browsers see it, for links in alerts and invitations and for passkeys; empty: host and port above"
        ),
    )
    residents_port: int = _setting(8081, N_("Port of the residents’ pages"), low=1, high=65535)
    residents_url: str = _setting("", N_("Address of the residents’ pages as phones see it; empty: host and port above"))
    public_port: int = _setting(8083, N_("Port of the public pages: health declarations and control points"), low=1, high=65535)
    public_url: str = _setting("", N_("Address of the public pages as phones see it; empty: host and port above"))
    public_per_minute: int = _setting(
        600,
        N_("First declarations a minute that are nothing out of the ordinary; above it people confirm theirs by one more step"),
        low=1,
        high=1000000,
    )
    trusted_proxies: str = _setting(
        "",
        N_(
            "Addresses and networks of the proxies that say who calls (X-Forwarded-For, X-Forwarded-Proto), for example"
            " 127.0.0.1 10.0.0.0/24; empty: whoever connects is the caller"
        ),
    )
    second_factor_roles: str = _setting(
        " ".join((Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR)),
        N_("Roles that must have a second factor (passkey or authenticator app), separated by spaces; empty: none must"),
    )
    certificate_files: str = _setting(
        "",
        N_("Certificate files (PEM) whose end `quarantine doctor` watches, separated by spaces; addresses are watched anyway"),
    )
    secure_cookies: bool = _setting(False, N_("Send cookies over HTTPS only; set it wherever HTTPS is used"))
    secret_key: str = _setting("", N_("Signs links and sessions; empty: made once in the data folder"), secret=True)
    master_key: str = _setting(
        "", N_("Encrypts the keys of people’s pictures, 64 hexadecimal digits; empty: made once"), secret=True
    )
    master_key_before: str = _setting(
        "", N_("The previous master key, while `quarantine vault rotate` re-encrypts everything"), secret=True
    )
    answer_key: str = _setting(
        "",
        N_("Opens answers that a phone saved while it had no connection, 64 hexadecimal digits; empty: made once"),
        secret=True,
    )
    sms_gateway_url: str = _setting("", N_("HTTP gateway that accepts text messages (POST JSON: to, text, reference)"))
    sms_gateway_token: str = _setting("", N_("Bearer token for the gateway, and the one its receipts must carry"), secret=True)
    sms_gateway: str = _setting(
        "", N_("HTTP gateway by name: esms, infobip, messagebird, speedsms, twilio or vonage; instead of sms_gateway_url")
    )
    sms_key: str = _setting("", N_("Key, account or token issued by the gateway in sms_gateway"), secret=True)
    sms_secret: str = _setting("", N_("Secret issued by the gateway in sms_gateway, if it issues two"), secret=True)
    sms_sender: str = _setting("", N_("Number or registered name that text messages come from (sms_gateway)"))
    sms_base: str = _setting(
        "", N_("Address to use instead of the gateway’s usual one, for example https://abc.api.infobip.com")
    )
    sms_per_second: float = _setting(
        0.0,
        N_("Highest number of text messages a second, all workers together; 0: as the gateway documents"),
        low=0,
        high=10000,
    )
    sms_without_accents: bool = _setting(
        False, N_("Send built-in templates without Vietnamese accents: 160 characters per part instead of 70")
    )
    price_sms_part: int = _setting(0, N_("Price of one part of a text message, in đồng"), low=0, high=1000000)
    price_voice_minute: int = _setting(0, N_("Price of a call’s first minute, in đồng"), low=0, high=1000000)
    price_email: int = _setting(0, N_("Price of an e-mail, in đồng"), low=0, high=1000000)
    price_push: int = _setting(0, N_("Price of a browser notification, in đồng"), low=0, high=1000000)
    price_zalo: int = _setting(0, N_("Price of a Zalo message, in đồng"), low=0, high=1000000)
    price_zns: int = _setting(0, N_("Price of a Zalo template message (ZNS), in đồng"), low=0, high=1000000)
    price_apprise: int = _setting(0, N_("Price of a message over Apprise, in đồng"), low=0, high=1000000)
    zalo_app_id: str = _setting("", N_("Zalo application that sends for the Official Account; empty: no Zalo messages"))
    zalo_app_secret: str = _setting("", N_("Secret key of the Zalo application"), secret=True)
    zalo_refresh_token: str = _setting(
        "",
        N_(
            "Refresh token that Zalo issued when the Official Account authorised the application; newer ones are saved by "
            "the service"
        ),
        secret=True,
    )
    zalo_oa_secret: str = _setting("", N_("Secret key of the Official Account that signs events from Zalo"), secret=True)
    zalo_base: str = _setting("https://openapi.zalo.me", N_("Address of Zalo’s message service"))
    zalo_login_base: str = _setting("https://oauth.zaloapp.com", N_("Address of Zalo’s token service"))
    zalo_per_second: float = _setting(
        0.0, N_("Highest number of Zalo messages a second, all workers together; 0: no limit"), low=0, high=10000
    )
    zns_templates: str = _setting(
        "",
        N_("Zalo templates (ZNS) by kind of message, for example: first=123456 reminder=123457 first.en=123458; empty: none"),
    )
    zns_parameters: str = _setting(
        "name={name} due={due} link={link}", N_("Parameters of these templates, filled with {name}, {due}, {link} and {path}")
    )
    zns_base: str = _setting("https://business.openapi.zalo.me", N_("Address of Zalo’s template message service"))
    zns_per_second: float = _setting(
        0.0, N_("Highest number of Zalo template messages a second, all workers together; 0: no limit"), low=0, high=10000
    )
    apprise_schemes: str = _setting(
        "", N_("Services allowed in residents’ Apprise addresses, for example: tgram signal viber; empty: none")
    )
    staff_alert_urls: str = _setting("", N_("Apprise addresses for alerts to staff, separated by spaces"), secret=True)
    staff_apprise_schemes: str = _setting(
        "", N_("Services allowed in the Apprise addresses that staff enter for alerts, for example: tgram ntfys; empty: none")
    )
    alert_wait_seconds: float = _setting(
        60.0, N_("Seconds until the next person is alerted when nobody takes an urgent incident"), low=5, high=3600
    )
    alert_soon_minutes: float = _setting(
        10.0, N_("Minutes that a less urgent incident waits to be taken before staff are alerted"), low=0.1, high=720
    )
    alert_group_minutes: float = _setting(
        10.0, N_("Minutes within which incidents of one kind in one zone are one alert"), low=0, high=720
    )
    heartbeat_url: str = _setting(
        "",
        N_(
            "Address outside that `quarantine serve` calls every minute while all is running, with /fail at its end while"
            " not, as Healthchecks expects; empty: none"
        ),
        secret=True,
    )
    sms_answer_number: str = _setting(
        "", N_("Number to which people without a smartphone text their answers; empty: they are asked to call 1022")
    )
    sms_inbound_token: str = _setting(
        "", N_("Token the gateway must send when it delivers incoming text messages; empty: sms_gateway_token"), secret=True
    )
    sms_inbound_fields: str = _setting(
        "",
        N_(
            "The gateway’s names for the fields id, from, text, at, part_of, parts, part, concat, udh of an incoming text message,"
            " for example id=MessageSid from=From text=Body"
        ),
    )
    sms_timezone: str = _setting(
        "",
        N_(
            "Time zone of times that the text message gateway writes without one; empty: UTC where the year comes first,"
            " the setting timezone where the day does"
        ),
    )
    sms_receipt_states: str = _setting(
        "",
        N_(
            "The gateway’s own words in delivery receipts, beside the usual ones, for example: delivered=OK failed=BLOCKED"
            " under_way=HELD"
        ),
    )
    smpp_receipt_ids: str = _setting(
        "any",
        N_(
            "How the SMPP gateway’s delivery receipts write message numbers that it gave in another form: any (tries each), same,"
            " decimal, hexadecimal"
        ),
    )
    smpp_alphabet: str = _setting(
        "gsm", N_("Characters of incoming SMPP text messages without an alphabet of their own: gsm, latin-1, utf-8 or utf-16")
    )
    smpp_host: str = _setting("", N_("SMPP gateway for text messages, instead of an HTTP gateway"))
    smpp_port: int = _setting(2775, N_("Port of the SMPP gateway"), low=1, high=65535)
    smpp_system_id: str = _setting("", N_("Login name (system_id) for the SMPP gateway"))
    smpp_password: str = _setting("", N_("Password for the SMPP gateway"), secret=True)
    smpp_sender: str = _setting("", N_("Number or name that text messages come from"))
    smpp_window: int = _setting(10, N_("Messages sent to the SMPP gateway before it answers the first one"), low=1, high=500)
    smpp_per_second: float = _setting(
        0.0,
        N_("Highest number of message parts a second to the SMPP gateway, all workers together; 0: no limit"),
        low=0,
        high=10000,
    )
    voice_gateway_url: str = _setting(
        "", N_("HTTP gateway that calls and reads a message out (POST JSON: to, text, language, reference)")
    )
    voice_gateway_token: str = _setting(
        "", N_("Bearer token for the voice gateway, and the one its receipts must carry"), secret=True
    )
    voice_fields: str = _setting(
        "",
        N_(
            "The voice gateway’s names for the fields id, reference, key, status, answered_by, at, for example id=CallSid "
            "key=Digits"
        ),
    )
    voice_keys: bool = _setting(True, N_("The voice gateway reports the keys people press; calls then say which keys to press"))
    smtp_host: str = _setting("", N_("Mail server for e-mail to residents"))
    smtp_port: int = _setting(587, N_("Port of the mail server"), low=1, high=65535)
    smtp_security: str = _setting("starttls", N_("Encryption of mail: starttls, tls or none"))
    smtp_user: str = _setting("", N_("User name for the mail server; empty: no sign-in"))
    smtp_password: str = _setting("", N_("Password for the mail server"), secret=True)
    mail_from: str = _setting("", N_("Sender’s address of e-mail"))
    smtp2_host: str = _setting("", N_("Second mail server, over which reports go where the first does not take them"))
    smtp2_port: int = _setting(587, N_("Port of the second mail server"), low=1, high=65535)
    smtp2_security: str = _setting("starttls", N_("Encryption of mail over the second server: starttls, tls or none"))
    smtp2_user: str = _setting("", N_("User name for the second mail server; empty: no sign-in"))
    smtp2_password: str = _setting("", N_("Password for the second mail server"), secret=True)
    dkim_key: str = _setting(
        "", N_("Private key with which mail of reports is signed (DKIM), as PEM; empty: not signed"), secret=True
    )
    dkim_selector: str = _setting("", N_("Selector of that key: under this name the domain’s DNS has the public one"))
    dkim_domain: str = _setting("", N_("Domain of that signature; empty: that of mail_from"))
    hotline_call_token: str = _setting(
        "",
        N_("Secret that the switchboard of 1022 sends as Bearer token with its calls; empty: it cannot tell us calls"),
        secret=True,
    )
    hotline_call_fields: str = _setting(
        "",
        N_(
            "Names that the switchboard of 1022 has for its fields, our=its, separated by spaces: id, event, from, extension, at"
        ),
    )
    hotline_mail_host: str = _setting("", N_("IMAP server on which mail to 1022 arrives; empty: no mail is taken in"))
    hotline_mail_port: int = _setting(993, N_("Port of that server"), low=1, high=65535)
    hotline_mail_security: str = _setting("tls", N_("Encryption of that mail: tls, starttls or none"))
    hotline_mail_user: str = _setting("", N_("User name of the mailbox of 1022"))
    hotline_mail_password: str = _setting("", N_("Password of the mailbox of 1022"), secret=True)
    hotline_mail_folder: str = _setting("INBOX", N_("Folder of that mailbox in which new mail lies"))
    hotline_mail_checker: str = _setting(
        "",
        N_(
            "Name with which your own mail server signs its findings about senders (Authentication-Results); empty: senders are not checked"
        ),
    )
    push_contact: str = _setting("", N_("mailto: address that push services may write to; empty: no notifications are sent"))
    push_key: str = _setting(
        "", N_("Signs notifications, 64 hexadecimal digits; empty: made once in the data folder"), secret=True
    )
    calls_out_allowed: str = _setting(
        "",
        N_(
            "Hosts and networks that are not public and may still be called at addresses that residents’ browsers or staff gave,"
            " for example push.example.vn 10.1.0.0/16; empty: none"
        ),
    )
    messages_per_day: int = _setting(
        24, N_("Highest number of messages to a person in 24 hours, whatever the schedules ask"), low=1, high=1000
    )
    face_engine: str = _setting("sface", N_("First face engine: sface, dlib, or the TOML file of another pair of models"))
    second_face_engine: str = _setting("dlib", N_("Second opinion in the grey zone: sface, dlib, a TOML file, or none"))
    upload_megabytes: int = _setting(8, N_("Largest photo accepted from a phone, in MB"), low=1, high=64)
    offline_after_seconds: float = _setting(
        12.0, N_("A camera that sends nothing for this many seconds counts as offline"), low=2, high=600
    )
    faces_every_seconds: float = _setting(
        30.0, N_("How often faces are looked for when nothing moves, in seconds"), low=1, high=3600
    )
    present_for_minutes: float = _setting(
        10.0, N_("How many minutes a sighting by camera counts as present"), low=0.5, high=1440
    )
    keep_selfies_hours: int = _setting(72, N_("Hours that a selfie and a location are kept after the result"), low=1, high=8760)
    keep_faces_days: int = _setting(
        14,
        N_("Days that reference photos and face templates are kept after release; 0: deleted on the same day"),
        low=0,
        high=365,
    )
    keep_person_days: int = _setting(14, N_("Days that everything else about a person is kept after release"), low=0, high=3650)
    keep_incident_media_days: int = _setting(
        30, N_("Days that pictures and clips of a resolved incident are kept"), low=1, high=365
    )
    keep_unknown_texts_days: int = _setting(14, N_("Days that text messages from unknown numbers are kept"), low=1, high=365)
    keep_control_point_days: int = _setting(
        21, N_("Days that scans at control points are kept, with the stays that follow from them"), low=1, high=90
    )
    keep_worker_list_days: int = _setting(
        60, N_("Days that an employer’s list of workers is kept after it was last sent"), low=1, high=365
    )
    keep_import_days: int = _setting(
        7, N_("Days that files of people, and rows of them that were not entered, are kept"), low=1, high=60
    )
    keep_doubtful_days: int = _setting(
        30, N_("Days that rows of files wait for a decision whether the person is there already"), low=1, high=365
    )
    keep_parked_results_days: int = _setting(
        30, N_("Days that laboratory results wait for a decision whose they are"), low=1, high=365
    )
    keep_unordered_days: int = _setting(
        30, N_("Days that people who were entered without a quarantine order are kept"), low=1, high=365
    )
    keep_declarations_days: int = _setting(
        21, N_("Days that health declarations of the public are kept, unless an open case needs them"), low=7, high=90
    )
    keep_tickets_days: int = _setting(
        90,
        N_("Days that the words of tickets of 1022 are kept after they were closed; figures stay"),
        low=4,
        high=3650,
    )
    keep_contacts_days: int = _setting(
        90,
        N_("Days that interviews about infected people and the names of their contacts are kept after tracing ended"),
        low=7,
        high=3650,
    )
    warn_before_deletion_days: int = _setting(3, N_("How many days ahead a deletion is announced"), low=0, high=60)
    holidays_file: str = _setting(
        "",
        N_("TOML file of public holidays, for limits counted in working days; empty: the table that comes with the service"),
    )
    workers: int = _setting(1, N_("Processes that send messages and verify answers"), low=1, high=64)
    watchers: int = _setting(1, N_("Processes that watch cameras"), low=1, high=64)
    feed_host: str = _setting("127.0.0.1", N_("Where this machine’s watchers offer live pictures to the console"))
    # Who is stopped is noticed at once; who is only slow, on a machine that is busy, would be slower still for being started anew.
    hang_seconds: float = _setting(
        15.0,
        N_("Seconds without a sign of life, or without an answer of a page, after which `quarantine serve` restarts a process"),
        low=1,
        high=600,
    )
    web_threads: int = _setting(48, N_("Requests and live pages served at once"), low=8, high=1024)
    demonstration: bool = _setting(False, N_("Set by `quarantine demo`: pages say that everyone is invented"))

    @property
    def database(self) -> str:
        """The database's address, with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.data_folder.resolve()}/quarantine.db"

    @property
    def residents_address(self) -> str:
        """Where phones reach the residents' page, without a slash at the end."""
        return (self.residents_url or f"http://{self.host}:{self.residents_port}").rstrip("/")

    @property
    def public_address(self) -> str:
        """Where phones reach the public pages, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.public_port}").rstrip("/")

    @property
    def console_address(self) -> str:
        """Where staff reach the console, without a slash at the end."""
        return (self.console_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def speaker(self) -> Authority:
        """Who speaks to residents: of the settings, or else of the set-up page, whatever is said there later."""
        return Authority(self.authority, self.authority_in_english)

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Who may say for whom it calls. Raises ValueError, with what is no address."""
        return read_networks(self.trusted_proxies)

    @property
    def allowed(self) -> Allowed:
        """Where calls out may go, beside public addresses. Raises ValueError."""
        return read_allowed(self.calls_out_allowed)

    @property
    def first_language(self) -> str:
        """Of residents and of pages whose reader chose none."""
        return self.language or stated().language or FIRST_LANGUAGE

    @property
    def zone(self) -> ZoneInfo:
        """The default time zone."""
        return ZoneInfo(self.timezone or stated().timezone or FIRST_TIMEZONE)

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
            N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
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


def _check_ports(settings: Settings) -> None:
    ports: dict[int, str] = {}
    for name in ("port", "residents_port", "public_port"):
        number: int = getattr(settings, name)
        if number in ports:
            raise SettingsProblem(
                N_("Settings %(one)s and %(other)s are both %(value)s; choose different ports."),
                one=ports[number],
                other=name,
                value=number,
            )
        ports[number] = name


def _check_dkim(settings: Settings) -> None:
    if not settings.dkim_key:
        return
    if not settings.dkim_selector:
        raise SettingsProblem(N_("Setting %(one)s also needs %(others)s."), one="dkim_key", others="dkim_selector")
    # Loaded here: most services sign nothing.
    from dkim.crypto import UnparsableKeyError, parse_pem_private_key

    try:
        parse_pem_private_key(settings.dkim_key.encode())
    except (UnparsableKeyError, ValueError):
        raise SettingsProblem(
            N_("Setting dkim_key is not a private RSA key as PEM. It begins with -----BEGIN PRIVATE KEY-----.")
        ) from None


def _check(settings: Settings) -> None:
    choices: dict[str, tuple[str, ...]] = {
        "language": ("", *LANGUAGES),
        "smtp_security": ("starttls", "tls", "none"),
        "smtp2_security": ("starttls", "tls", "none"),
        "hotline_mail_security": ("tls", "starttls", "none"),
        "smpp_receipt_ids": ("any", "same", "decimal", "hexadecimal"),
        "smpp_alphabet": ("gsm", "latin-1", "utf-8", "utf-16"),
    }
    for name, allowed in choices.items():
        if getattr(settings, name) not in allowed:
            raise SettingsProblem(
                N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
                name=name,
                value=repr(getattr(settings, name)),
                kind=", ".join(filter(None, allowed)),
            )
    for name, allowed in {"face_engine": ("sface", "dlib"), "second_face_engine": ("sface", "dlib", "none")}.items():
        engine: str = getattr(settings, name)
        if engine not in allowed and not engine.endswith(".toml"):
            raise SettingsProblem(
                N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
                name=name,
                value=repr(engine),
                kind=", ".join((*allowed, "*.toml")),
            )
    for named in filter(None, (settings.timezone, settings.sms_timezone)):
        if named not in timezone_names():
            raise SettingsProblem(N_("There is no time zone named %(value)s; for example Asia/Ho_Chi_Minh."), value=named)
    for each in settings.sms_receipt_states.split():
        if each.partition("=")[0] not in RECEIPT_STATES or not each.partition("=")[2].strip("_-.="):
            raise SettingsProblem(
                N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
                name="sms_receipt_states",
                value=repr(each),
                kind=", ".join(f"{every}=…" for every in RECEIPT_STATES),
            )
    for each in settings.second_factor_roles.split():
        if each not in tuple(Role):
            raise SettingsProblem(
                N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
                name="second_factor_roles",
                value=repr(each),
                kind=", ".join(Role),
            )
    _check_ports(settings)
    ways = [name for name in ("smpp_host", "sms_gateway_url", "sms_gateway") if getattr(settings, name)]
    if len(ways) > 1:
        raise SettingsProblem(
            N_("Settings %(one)s and %(other)s both choose a gateway for text messages; leave one empty."),
            one=ways[0],
            other=ways[1],
        )
    if settings.zalo_app_id and not (settings.zalo_app_secret and settings.zalo_refresh_token):
        raise SettingsProblem(N_("Setting zalo_app_id also needs zalo_app_secret and zalo_refresh_token."))
    for name, known in (
        ("sms_inbound_fields", TEXT_FIELDS),
        ("voice_fields", CALL_FIELDS),
        ("hotline_call_fields", HOTLINE_CALL_FIELDS),
    ):
        for each in getattr(settings, name).split():
            ours, _, theirs = each.partition("=")
            if ours not in known or not theirs:
                raise SettingsProblem(
                    N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
                    name=name,
                    value=repr(each),
                    kind=", ".join(f"{every}=…" for every in known),
                )
    if settings.hotline_mail_host and not (settings.hotline_mail_user and settings.hotline_mail_password):
        raise SettingsProblem(
            N_("Setting %(one)s also needs %(others)s."),
            one="hotline_mail_host",
            others="hotline_mail_user, hotline_mail_password",
        )
    if settings.smtp_host and "@" not in settings.mail_from:
        raise SettingsProblem(N_("Setting smtp_host also needs mail_from, the sender’s address."))
    if settings.smtp2_host and not settings.smtp_host:
        raise SettingsProblem(N_("Setting %(one)s also needs %(others)s."), one="smtp2_host", others="smtp_host")
    _check_dkim(settings)
    if settings.push_contact and not settings.push_contact.startswith("mailto:"):
        raise SettingsProblem(N_("Setting push_contact must begin with mailto:, for example mailto:it@example.vn."))
    try:
        _ = settings.allowed
    except ValueError as error:
        raise SettingsProblem(
            N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
            name="calls_out_allowed",
            value=repr(str(error)),
            kind="push.example.vn 10.1.0.0/16 fd12::/64",
        ) from None
    try:
        wrong = next((str(each) for each in settings.proxies if each.prefixlen == 0), "")
    except ValueError as error:
        wrong = str(error)
    if wrong:
        raise SettingsProblem(
            N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
            name="trusted_proxies",
            value=repr(wrong),
            kind="127.0.0.1 10.0.0.0/24 fd12::/64",
        )
    for name in ("master_key", "master_key_before", "answer_key", "push_key"):
        value: str = getattr(settings, name)
        try:
            whole = not value or len(bytes.fromhex(value)) == 32
        except ValueError:
            whole = False
        if not whole:
            raise SettingsProblem(N_("Setting %(name)s must be 64 hexadecimal digits."), name=name)
    # A file that cannot be read is told now, not when someone asks something.
    _ = settings.holidays
    if settings.database_url:
        try:
            backend = make_url(settings.database_url).get_backend_name()
        except ArgumentError:
            raise SettingsProblem(
                N_("Setting database_url is not a database address. Example: postgresql+psycopg://…")
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
                N_("The settings file %(path)s is not valid TOML: %(why)s."), path=str(path), why=str(error)
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


def language_set(environment: Mapping[str, str], path: Path | None) -> str:
    """The language that the environment or the settings file sets; empty where neither does, or what they set is none of ours.

    What else is wrong with them is not looked at: it is told in this language.
    """
    told: Any = environment.get(LANGUAGE_VARIABLE)
    if told is None:
        with contextlib.suppress(KeyError, OSError, ValueError):
            told = tomllib.loads((path or Path(environment[FILE_VARIABLE])).read_text()).get("language")
    return told if told in LANGUAGES else ""


def describe(settings: Settings, translate: Translate) -> list[tuple[str, str, str]]:
    """Every setting as (name, effective value with secrets masked, what it is)."""
    rows = []
    for each in fields(Settings):
        value = getattr(settings, each.name)
        if each.name == "database_url":
            shown = make_url(settings.database).render_as_string(hide_password=True)
        elif each.metadata["secret"]:
            unset = N_("(made once in the data folder)") if each.name in MADE_ONCE else N_("(none)")
            shown = MASK if value else translate(unset)
        else:
            shown = str(value)
        rows.append((each.name, shown, translate(each.metadata["says"])))
    return rows


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for child processes."""
    return {f"{PREFIX}{each.name.upper()}": str(getattr(settings, each.name)) for each in fields(Settings)}
