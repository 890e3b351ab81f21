"""Each gateway known by name against a server that checks requests and answers as its vendor documents, and its receipts."""

from __future__ import annotations

import ast
import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import ParkedReceipt, PromptState
from monitor.settings import Settings, SettingsProblem
from monitor.vault.vault import Vault
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.gateway_files import gateway_names, numbered, read_gateway
from rollcall.rounds.opening import open_due_rounds
from rollcall.texts.prices import Prices
from rollcall.texts.style import Style
from rollcall.work.channel_set_up import make_channels, receipt_address
from tests.doubles.named_gateway import BRAND, HIDDEN, KEY, prompts, sending, settings_of
from tests.doubles.vendor_server import Answer, Asked, VendorServer
from tests.worlds.due_round import WITHOUT_NIGHT, world
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

PHONE = "+84901234567"
ACCENTED, PLAIN = "Điểm danh: https://x/a/1", "Diem danh: https://x/a/1"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass(frozen=True)
class Told:
    """A receipt as the vendor sends it."""

    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] | None = None
    json: Any = None


@dataclass(frozen=True)
class Vendor:
    """check: asserts that a request is as documented. refusals: what it answers, and whether that is permanent (None: uncertain)."""

    check: Callable[[Asked, str, str], None]
    taken: Answer
    name: str
    refusals: list[tuple[Answer, bool | None]]
    delivered: Callable[[str, str], Told]
    failed: Callable[[str, str], Told]
    on_the_way: Callable[[str, str], Told]


def check_esms(asked: Asked, text: str, reference: str) -> None:
    assert asked.path == "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
    assert asked.headers["Content-Type"] == "application/json"
    body = asked.json
    callback = body.pop("CallbackUrl")
    assert "/hooks/sms/esms/" in callback
    assert body == {
        "ApiKey": KEY,
        "SecretKey": HIDDEN,
        "Brandname": BRAND,
        "SmsType": "2",
        "Phone": "0901234567",
        "Content": text,
        "IsUnicode": "1" if text == ACCENTED else "0",
        "RequestId": reference,
    }
    assert len(reference) <= 50


def esms_receipt(name: str, reference: str, **more: str) -> Told:
    fields = {"SMSID": name, "SendFailed": "0", "SendStatus": "5", "SendSuccess": "0", "TotalPrice": "0.0000"}
    fields |= {"TotalReceiver": "1", "TotalSent": "1", "RequestId": reference, "TypeId": "2", "telcoid": "1"}
    return Told(query=fields | more)


def check_speedsms(asked: Asked, text: str, reference: str) -> None:
    assert asked.path == "/index.php/sms/send"
    assert asked.headers["Authorization"] == basic(KEY, "x")
    assert asked.json == {"to": ["84901234567"], "content": text, "sms_type": 3, "sender": BRAND}


def check_twilio(asked: Asked, text: str, reference: str) -> None:
    assert asked.path == f"/2010-04-01/Accounts/{KEY}/Messages.json"
    assert asked.headers["Authorization"] == basic(KEY, HIDDEN)
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    form = asked.form
    assert form.pop("StatusCallback").endswith(f"?reference={reference}")
    assert form == {"To": PHONE, "From": BRAND, "Body": text}


def check_vonage(asked: Asked, text: str, reference: str) -> None:
    assert asked.path == "/sms/json"
    assert asked.headers["Authorization"] == basic(KEY, HIDDEN)
    form = asked.form
    assert len(form.pop("callback")) <= 100
    kind = "unicode" if text == ACCENTED else "text"
    assert form == {
        "to": "84901234567",
        "from": BRAND,
        "text": text,
        "type": kind,
        "client-ref": reference,
        "status-report-req": "true",
    }


def check_infobip(asked: Asked, text: str, reference: str) -> None:
    assert asked.path == "/sms/3/messages"
    assert asked.headers["Authorization"] == f"App {KEY}"
    (one,) = asked.json["messages"]
    assert one["webhooks"].pop("delivery")["url"].startswith("http")
    assert one == {
        "sender": BRAND,
        "destinations": [{"to": "84901234567", "messageId": reference}],
        "content": {"text": text},
        "webhooks": {"contentType": "application/json"},
    }


def infobip_receipt(name: str, group: str, status: str) -> Told:
    error = {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "description": "No Error", "permanent": False}
    status_ = {"groupId": 3, "groupName": group, "id": 5, "name": status, "description": "…"}
    report = {"bulkId": "B", "messageId": name, "to": "84901234567", "sentAt": "2026-11-23T10:00:00.000+0000"}
    return Told(json={"results": [report | {"status": status_, "error": error}]})


def infobip_answer(group: str, name: str) -> dict[str, Any]:
    status = {"groupId": 1, "groupName": group, "id": 26, "name": name, "description": "Message sent to next instance"}
    return {"messages": [{"messageId": "ib-1", "status": status, "destination": "84901234567"}]}


def check_messagebird(asked: Asked, text: str, reference: str) -> None:
    assert asked.path == "/messages"
    assert asked.headers["Authorization"] == f"AccessKey {KEY}"
    body = asked.json
    assert body.pop("reportUrl").startswith("http")
    assert body == {
        "originator": BRAND,
        "recipients": "84901234567",
        "body": text,
        "datacoding": "unicode" if text == ACCENTED else "plain",
        "reference": reference,
    }


def bird_receipt(name: str, reference: str, status: str) -> Told:
    return Told(
        query={
            "id": name,
            "reference": reference,
            "recipient": "84901234567",
            "status": status,
            "statusDatetime": "2026-11-23T08:58:10+00:00",
        }
    )


VENDORS = {
    "esms": Vendor(
        check_esms,
        Answer(200, {"CodeResult": "100", "CountRegenerate": 0, "SMSID": "d533459ee42b"}),
        "d533459ee42b",
        [
            (Answer(200, {"CodeResult": "104", "CountRegenerate": 0, "ErrorMessage": "Brand name code is not exist"}), True),
            (Answer(200, {"CodeResult": "101", "CountRegenerate": 0, "ErrorMessage": "Authorize Failed"}), True),
            (Answer(200, {"error": "Invalid request"}), False),
            (Answer(500, b"<html>"), False),
        ],
        lambda name, reference: esms_receipt(name, reference, SendSuccess="1"),
        lambda name, reference: esms_receipt(name, reference, SendFailed="1"),
        lambda name, reference: esms_receipt(name, reference, SendStatus="7"),
    ),
    "speedsms": Vendor(
        check_speedsms,
        Answer(
            200,
            {
                "status": "success",
                "code": "00",
                "data": {"tranId": 123456, "totalSMS": 1, "totalPrice": 250, "invalidPhone": []},
            },
        ),
        "123456",
        [
            (Answer(200, {"status": "error", "code": "300", "message": "no balance"}), True),
            (Answer(200, {"status": "error", "code": "105", "message": "invalid", "invalidPhone": ["849"]}), True),
            (Answer(200, {"status": "error", "code": "500", "message": "Internal error, please try again"}), False),
            (Answer(200, {"status": "success", "code": "00", "data": {}}), None),
        ],
        lambda name, _: Told(json={"type": "report", "tranId": name, "phone": "84901234567", "status": 0}),
        lambda name, _: Told(json={"type": "report", "tranId": name, "phone": "84901234567", "status": 64}),
        lambda name, _: Told(json={"type": "report", "tranId": name, "phone": "84901234567", "status": 3}),
    ),
    "twilio": Vendor(
        check_twilio,
        Answer(201, {"sid": "SM1", "status": "queued", "error_code": None, "num_segments": "1", "price": None}),
        "SM1",
        [
            (Answer(400, {"code": 21211, "message": "The 'To' number is not a valid phone number.", "status": 400}), True),
            (Answer(401, {"code": 20003, "message": "Authenticate", "status": 401}), True),
            (Answer(503, {}), False),
            (Answer(504, b"gateway timeout"), None),
        ],
        lambda name, reference: Told(query={"reference": reference}, form={"MessageSid": name, "MessageStatus": "delivered"}),
        lambda name, reference: Told(
            query={"reference": reference}, form={"MessageSid": name, "MessageStatus": "undelivered", "ErrorCode": "30003"}
        ),
        lambda name, reference: Told(query={"reference": reference}, form={"MessageSid": name, "MessageStatus": "sent"}),
    ),
    "vonage": Vendor(
        check_vonage,
        Answer(
            200,
            {
                "message-count": "2",
                "messages": [
                    {"to": "84901234567", "message-id": "62dfdf68", "status": "0", "client-ref": "r"},
                    {"to": "84901234567", "message-id": "72ff9536", "status": "0", "client-ref": "r"},
                ],
            },
        ),
        "62dfdf68",
        [
            (Answer(200, {"message-count": "1", "messages": [{"status": "7", "error-text": "Number barred."}]}), True),
            (Answer(200, {"message-count": "1", "messages": [{"status": "1", "error-text": "Throttled"}]}), False),
            # Some parts are out.
            (
                Answer(
                    200,
                    {
                        "message-count": "2",
                        "messages": [{"message-id": "1", "status": "0"}, {"status": "1", "error-text": "…"}],
                    },
                ),
                None,
            ),
            (Answer(429, b""), False),
        ],
        lambda name, reference: Told(
            query={"messageId": name, "client-ref": reference, "status": "delivered", "err-code": "0", "to": "SoYTe"}
        ),
        lambda name, reference: Told(
            json={"messageId": name, "client-ref": reference, "status": "failed", "err-code": "1", "msisdn": "84901234567"}
        ),
        lambda name, reference: Told(json={"messageId": name, "client-ref": reference, "status": "buffered", "err-code": "0"}),
    ),
    "infobip": Vendor(
        check_infobip,
        Answer(200, infobip_answer("PENDING", "PENDING_ACCEPTED")),
        "ib-1",
        [
            (Answer(200, infobip_answer("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS")), True),
            (Answer(401, {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED", "text": "…"}}}), True),
            (Answer(429, {"requestError": {}}), False),
        ],
        lambda _, reference: infobip_receipt(reference, "DELIVERED", "DELIVERED_TO_HANDSET"),
        lambda _, reference: infobip_receipt(reference, "UNDELIVERABLE", "UNDELIVERABLE_REJECTED_OPERATOR"),
        lambda _, reference: infobip_receipt(reference, "PENDING", "PENDING_WAITING_DELIVERY"),
    ),
    "messagebird": Vendor(
        check_messagebird,
        Answer(201, {"id": "mb-1", "recipients": {"totalCount": 1, "items": [{"recipient": 84901234567, "status": "sent"}]}}),
        "mb-1",
        [
            (
                Answer(
                    422, {"errors": [{"code": 9, "description": "no (correct) recipients found", "parameter": "recipient"}]}
                ),
                True,
            ),
            (Answer(429, {"errors": []}), False),
            (Answer(500, {"errors": []}), False),
        ],
        lambda name, reference: bird_receipt(name, reference, "delivered"),
        lambda name, reference: bird_receipt(name, reference, "delivery_failed"),
        lambda name, reference: bird_receipt(name, reference, "buffered"),
    ),
}


@pytest.fixture
def server() -> Iterator[VendorServer]:
    running = VendorServer(lambda _: Answer(500, b""))
    yield running
    running.stop()


def hand_over(settings: Settings, database: Database, text: str = PLAIN, reference: str = "r" * 32) -> Outcome:
    channel = make_channels(settings, database)["sms"]
    try:
        ((_, outcome),) = channel.send(iter([Message(PHONE, text, reference)]))
    finally:
        channel.close()
    return outcome


def test_every_file_has_a_vendor_here_and_names_its_sources() -> None:
    assert gateway_names() == sorted(VENDORS)
    for name in gateway_names():
        assert read_gateway(name).sources


@pytest.mark.parametrize("text", [ACCENTED, PLAIN])
@pytest.mark.parametrize("gateway", sorted(VENDORS))
def test_a_message_is_asked_for_as_the_vendor_documents(
    gateway: str, text: str, server: VendorServer, database: Database, tmp_path: Path
) -> None:
    vendor = VENDORS[gateway]
    server.answer = lambda _: vendor.taken
    assert hand_over(settings_of(gateway, server, tmp_path), database, text) == Sent(vendor.name)
    (asked,) = server.asked
    assert asked.method == "POST"
    vendor.check(asked, text, "r" * 32)


@pytest.mark.parametrize(
    ("gateway", "answer", "permanent"),
    [(name, answer, permanent) for name, vendor in sorted(VENDORS.items()) for answer, permanent in vendor.refusals],
)
def test_a_refusal_is_told_as_the_vendor_documents_it(
    gateway: str, answer: Answer, permanent: bool | None, server: VendorServer, database: Database, tmp_path: Path
) -> None:
    server.answer = lambda _: answer
    outcome = hand_over(settings_of(gateway, server, tmp_path), database)
    if permanent is None:
        assert isinstance(outcome, Uncertain)
    else:
        assert isinstance(outcome, ChannelProblem)
        assert outcome.permanent == permanent
        assert PHONE not in str(outcome)


@pytest.mark.parametrize("gateway", sorted(VENDORS))
def test_an_answer_that_never_came_is_repeated_only_where_the_gateway_knows_the_reference(
    gateway: str, server: VendorServer, database: Database, tmp_path: Path
) -> None:
    server.answer = lambda _: Answer(0, b"", cut=True)
    outcome = hand_over(settings_of(gateway, server, tmp_path), database)
    if read_gateway(gateway).idempotent:
        assert isinstance(outcome, ChannelProblem)
        server.answer = lambda _: Answer(200, {"CodeResult": "124", "ErrorMessage": "Request exist 1", "SendStatus": "5"})
        assert hand_over(settings_of(gateway, server, tmp_path), database) == Sent("r" * 32)
    else:
        assert isinstance(outcome, Uncertain)


def test_a_gateway_that_is_not_there_is_a_problem_and_no_doubt(
    server: VendorServer, database: Database, tmp_path: Path
) -> None:
    settings = settings_of("twilio", server, tmp_path, sms_base="http://127.0.0.1:9")
    outcome = hand_over(settings, database)
    assert isinstance(outcome, ChannelProblem)
    assert not outcome.permanent


@pytest.mark.parametrize("gateway", sorted(VENDORS))
def test_receipts_come_to_an_address_that_only_the_gateway_knows(
    gateway: str, server: VendorServer, database: Database, tmp_path: Path
) -> None:
    vendor = VENDORS[gateway]
    settings = settings_of(gateway, server, tmp_path)
    world(database, "An", "Bình", **WITHOUT_NIGHT)
    open_due_rounds(database, NOW)
    count = iter(range(1, 9))

    def answer(asked: Asked) -> Answer:
        # Each message under a name of its own, as the vendor gives them.
        content = str(vendor.taken.content).replace(vendor.name, f"{vendor.name}{next(count)}")
        return Answer(vendor.taken.status, ast.literal_eval(content))

    server.answer = answer
    sender, channel = sending(settings, database, tmp_path)
    while sender.send_due(utc_now()):
        pass
    channel.close()
    one, two = prompts(database)
    assert {one.state, two.state} == {PromptState.SENT}
    client = create_residents(settings, database, Vault(tmp_path / "vault", bytes(32))).test_client()
    path = receipt_address(settings, gateway).removeprefix(settings.residents_address)

    def tell(told: Told, to: str = path) -> int:
        if told.form is None and told.json is None:
            return client.get(to, query_string=told.query).status_code
        return client.post(to, query_string=told.query, data=told.form, json=told.json).status_code

    assert (
        tell(vendor.delivered(one.gateway_reference or "", one.reference), path[:-1] + ("A" if path[-1] != "A" else "B")) == 401
    )
    assert tell(vendor.on_the_way(one.gateway_reference or "", one.reference)) == 200
    assert [each.state for each in prompts(database)] == [PromptState.SENT, PromptState.SENT]
    assert tell(vendor.delivered(one.gateway_reference or "", one.reference)) == 200
    assert tell(vendor.failed(two.gateway_reference or "", two.reference)) == 200
    assert [each.state for each in prompts(database)] == [PromptState.DELIVERED, PromptState.FAILED]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ParkedReceipt)) == 0


def test_the_seconds_that_speedsms_names_in_its_own_header_are_kept(
    server: VendorServer, database: Database, tmp_path: Path
) -> None:
    body = {"name": "Too Many Requests", "message": "Rate limit exceeded.", "code": 0, "status": 429}
    server.answer = lambda _: Answer(429, body, {"X-Rate-Limit-Reset": "41"})
    outcome = hand_over(settings_of("speedsms", server, tmp_path), database)
    assert isinstance(outcome, ChannelProblem)
    assert outcome.wait == 41.0


def test_a_message_knows_its_parts_and_its_price(database: Database, server: VendorServer, tmp_path: Path) -> None:
    world(database, "An", "Bình", **WITHOUT_NIGHT)
    with database.write() as session:
        session.execute(update(Resident).where(Resident.full_name == "Bình").values(language="en"))
    open_due_rounds(database, NOW)
    server.answer = lambda _: Answer(201, {"sid": f"SM{len(server.asked)}"})
    sender, channel = sending(
        settings_of("twilio", server, tmp_path), database, tmp_path, style=Style(prices=Prices({"sms": 300}))
    )
    assert sender.send_due(NOW) == 2
    channel.close()
    accented, plain = prompts(database)
    assert (accented.parts, accented.cost) == (2, 600)
    assert (plain.parts, plain.cost) == (1, 300)


def test_what_is_missing_or_unknown_is_told_by_its_setting(server: VendorServer, database: Database, tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match="sms_secret"):
        make_channels(settings_of("esms", server, tmp_path, sms_secret=""), database)
    with pytest.raises(SettingsProblem, match="speedsms"):
        make_channels(settings_of("smsglobal", server, tmp_path), database)
    with pytest.raises(SettingsProblem, match="100"):
        make_channels(settings_of("vonage", server, tmp_path, residents_url=f"https://{'a' * 60}.vn"), database)


@pytest.mark.parametrize(
    ("telephone", "way", "wanted"),
    [
        ("+84901234567", "national", "0901234567"),
        ("+84901234567", "international", "84901234567"),
        ("0901 234 567", "plus", "+84901234567"),
        ("0084901234567", "plus", "+84901234567"),
        ("+856 20 555", "national", "85620555"),
        ("84901234567", "national", "0901234567"),
    ],
)
def test_numbers_are_written_as_each_gateway_wants_them(telephone: str, way: str, wanted: str) -> None:
    assert numbered(telephone, way) == wanted
