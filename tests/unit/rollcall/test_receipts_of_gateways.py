"""What a gateway's receipt says, in which words, under which name; and what is a text, though it looks a little like a receipt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from smpplib import smpp
from smpplib.client import Client

from monitor.models.rollcalls.gateways import GatewayReading
from rollcall.channels.gateway_files import gateway_names, read_gateway, read_receipts
from rollcall.channels.heard import SAYS, masked
from rollcall.channels.receipt_names import NameForm, other_names
from rollcall.channels.receipt_states import Decision, decide, read_words, word_of
from rollcall.channels.smpp_receipts import ReceiptWays, read_receipt
from tests.worlds.small_zone import NOW

HEAD = "id:870928761 sub:001 dlvrd:001 submit date:2611231000 done date:2611231001"
CLIENT = Client("127.0.0.1", 1, allow_unknown_opt_params=True)


def deliver(text: str | bytes = "", **more: Any) -> Any:
    """A deliver_sm as it is read from the line."""
    content = text.encode("latin-1") if isinstance(text, str) else text
    values = {"source_addr": "84900000101", "destination_addr": "8149", "esm_class": 0, "short_message": content, **more}
    pdu = smpp.make_pdu("deliver_sm", client=CLIENT, **values)
    return smpp.parse_pdu(pdu.generate(), client=CLIENT, allow_unknown_opt_params=True)


@pytest.mark.parametrize("esm_class", [0, 4])
@pytest.mark.parametrize(
    ("text", "reading"),
    [
        (f"{HEAD} stat:DELIVRD err:000 text:...", GatewayReading.DELIVERED),
        (f"{HEAD} stat:DELIVERED err:000 Text:stat:UNDELIV", GatewayReading.DELIVERED),
        (f"{HEAD} stat:Delivered err:0", GatewayReading.DELIVERED),
        ("ID:870928761 SUB:001 DLVRD:001 SUBMIT_DATE:2611231000 DONE_DATE:2611231001 STAT:DELIVRD", GatewayReading.DELIVERED),
        ("id:870928761 submitdate:2611231000 donedate:2611231001 status:delivrd", GatewayReading.DELIVERED),
        ("id=870928761 stat=DELIVRD err=0", GatewayReading.DELIVERED),
        ("id: 870928761 stat: DELIVRD", GatewayReading.DELIVERED),
        ("sub:001 dlvrd:001 id:870928761 stat:DELIVRD err:000", GatewayReading.DELIVERED),
        (f"{HEAD} stat:UNDELIV err:011 text:", GatewayReading.FAILED),
        (f"{HEAD} stat:UNDELIVERABLE err:011 text:", GatewayReading.FAILED),
        (f"{HEAD} stat:REJECTED err:011", GatewayReading.FAILED),
        (f"{HEAD} stat:EXPIRED err:011", GatewayReading.FAILED),
        *((f"{HEAD} stat:{word} err:000", GatewayReading.UNDER_WAY) for word in ("ENROUTE", "ACCEPTD", "ACCEPTED", "UNKNOWN")),
        *((f"{HEAD} stat:{word} err:000", GatewayReading.UNDER_WAY) for word in ("BUFFERED", "SCHEDULED", "SKIPPED", "Queued")),
        (f"{HEAD} stat:HLR_OK err:000 text:", GatewayReading.UNKNOWN_STATE),
    ],
)
def test_a_receipt_is_one_whatever_its_kind_says_and_an_unknown_word_decides_nothing(
    text: str, reading: GatewayReading, esm_class: int
) -> None:
    read = read_receipt(deliver(text, esm_class=esm_class), NOW, ReceiptWays())
    assert read is not None
    assert read.heard.reading == reading
    assert (read.receipt is not None) == (reading in (GatewayReading.DELIVERED, GatewayReading.FAILED))
    assert read.receipt is None or (read.receipt.gateway_reference, read.receipt.number) == ("870928761", "84900000101")
    # The excerpt of the message is nobody's business.
    assert "text:" not in read.heard.content.lower()


RECEIPT = f"{HEAD} stat:DELIVRD err:000 text:Điểm danh"


@pytest.mark.parametrize(
    "pdu",
    [
        deliver(RECEIPT.encode("utf-16-be"), data_coding=8),
        # Said to be UCS-2, and is not; is UCS-2, and does not say so; UTF-8.
        deliver(f"{HEAD} stat:DELIVRD err:000", data_coding=8),
        deliver(RECEIPT.encode("utf-16-be"), data_coding=0),
        deliver(RECEIPT.encode(), data_coding=0),
        deliver(b"", message_payload=f"{HEAD} stat:DELIVRD err:000".encode()),
        deliver(b"", message_payload=RECEIPT.encode("utf-16-be"), data_coding=8),
        deliver(b"", receipted_message_id="870928761", message_state=2),
        deliver(b"", esm_class=4, receipted_message_id="870928761", message_state=2),
        deliver(f"{HEAD} stat:DELIVRD err:000\0"),
    ],
)
def test_it_is_read_in_every_alphabet_and_place(pdu: Any) -> None:
    read = read_receipt(pdu, NOW, ReceiptWays())
    assert read is not None
    assert read.receipt is not None
    assert (read.receipt.gateway_reference, read.receipt.delivered) == ("870928761", True)


@pytest.mark.parametrize(
    ("pdu", "reading"),
    [
        # The fields beside the text and the text contradict each other.
        (deliver(f"{HEAD} stat:UNDELIV err:1", message_state=2), GatewayReading.UNKNOWN_STATE),
        (deliver(f"{HEAD} stat:DELIVRD err:0", message_state=1), GatewayReading.DELIVERED),
        (deliver(b"", receipted_message_id="7", message_state=9), GatewayReading.UNDER_WAY),
        (deliver(b"", receipted_message_id="7", message_state=77), GatewayReading.UNKNOWN_STATE),
        # Before the gateway's last try.
        (deliver(f"{HEAD} stat:UNDELIV err:1", esm_class=0x20), GatewayReading.UNDER_WAY),
        (deliver("anything", esm_class=4), GatewayReading.UNREADABLE),
        (deliver("stat:DELIVRD", esm_class=4), GatewayReading.UNREADABLE),
        (deliver(b"\xff\xfe\x00", esm_class=4, data_coding=4), GatewayReading.UNREADABLE),
    ],
)
def test_what_cannot_be_told_decides_nothing(pdu: Any, reading: GatewayReading) -> None:
    read = read_receipt(pdu, NOW, ReceiptWays())
    assert read is not None
    assert read.heard.reading == reading
    assert (read.receipt is None) == (reading != GatewayReading.DELIVERED)


@pytest.mark.parametrize(
    "text",
    [
        "CO",
        "id: 0123456789, em không khoẻ",
        "Tôi mất id:12345, sub:1",
        "id:123 stat:tốt",
        "My id: 4821. State: fine",
        "stat:DELIVRD",
        "Em gửi lại: id stat DELIVRD",
        "",
    ],
)
def test_what_a_person_writes_is_no_receipt(text: str) -> None:
    for content, coding in ((text.encode("utf-16-be"), 8), (text.encode(), 0)):
        assert read_receipt(deliver(content, data_coding=coding), NOW, ReceiptWays()) is None


@given(some.binary(max_size=140), some.integers(0, 255), some.integers(0, 255))
def test_whatever_a_gateway_sends_is_no_error(content: bytes, coding: int, esm_class: int) -> None:
    read_receipt(deliver(content, data_coding=coding, esm_class=esm_class & 0x3C), NOW, ReceiptWays())


def test_a_setting_adds_words_of_state_and_holds_before_the_usual_ones() -> None:
    own = read_words("delivered=HLR_OK failed=Blocked under_way=DELIVRD")
    assert decide("hlr ok", own) is Decision.DELIVERED
    assert decide("BLOCKED", own) is Decision.FAILED
    assert decide("DELIVRD", own) is Decision.UNDER_WAY
    assert decide("UNDELIV", own) is Decision.FAILED
    assert decide("pigeon", own) is None
    for wrong in ("OK", "lost=OK", "delivered="):
        with pytest.raises(ValueError, match=r".*"):
            read_words(wrong)
    ways = ReceiptWays(own)
    read = read_receipt(deliver("id:7 stat:HLR_OK"), NOW, ways)
    assert read is not None
    assert read.receipt is not None
    assert word_of(2) == "DELIVRD"


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ("33E9C9B9", "0870959545"),
        ("33e9c9b9", "870959545"),
        ("00000000033E9C9B", "54434971"),
        ("870959545", "33E9C9B9"),
        ("870959545", "0x33e9c9b9"),
        ("0870959545", "870959545"),
        ("870959545", "0870959545"),
        ("A1-B2", "a1-b2"),
        ("ABC", "abc"),
    ],
)
def test_a_message_is_found_under_the_other_forms_of_its_name(taken: str, told: str) -> None:
    assert taken in other_names(told)
    assert len(other_names(told)) < 60


def test_a_setting_says_which_form_is_meant() -> None:
    assert "64" in other_names("100", NameForm.DECIMAL)
    assert "256" not in other_names("100", NameForm.DECIMAL)
    assert "256" in other_names("100", NameForm.HEXADECIMAL)
    assert other_names("100", NameForm.SAME) == ()
    assert other_names("0100", NameForm.HEXADECIMAL)[0] == "256"


@given(some.text(max_size=64))
def test_whatever_a_name_is_it_has_few_others(name: str) -> None:
    assert len(other_names(name)) < 60


def test_of_a_number_the_last_digits_can_be_read() -> None:
    assert masked("+84900000101") == "+••••••••101"
    assert masked("VIETTEL") == "VIETTEL"
    assert set(SAYS) == set(GatewayReading)


STATES = {
    "esms": ("SendStatus", "7"),
    "infobip": ("status", {"groupName": "PIGEON"}),
    "messagebird": ("status", "pigeon"),
    "speedsms": ("status", "pigeon"),
    "twilio": ("MessageStatus", "pigeon"),
    "vonage": ("status", "pigeon"),
}


@pytest.mark.parametrize("gateway", gateway_names())
def test_a_word_that_a_named_gateway_does_not_document_decides_nothing_and_is_told(gateway: str) -> None:
    known = read_gateway(gateway)
    field, word = STATES[gateway]
    told: dict[str, Any] = {known.receipt.id: "name-1", field: word, "type": "report"}
    told = {known.receipt.items: [told]} if known.receipt.items else told
    read = read_receipts(known, told, NOW)
    assert (list(read.receipts), [each.reading for each in read.heard]) == ([], [GatewayReading.UNKNOWN_STATE])
    own = read_words("delivered=7 delivered=PIGEON")
    assert [each.delivered for each in read_receipts(known, told, NOW, own).receipts] == [True]
    unreadable = read_receipts(
        known, {known.receipt.items: [{"a": "0901234567"}]} if known.receipt.items else {"a": "0901234567"}, NOW
    )
    assert [each.reading for each in unreadable.heard] == [GatewayReading.UNREADABLE]
    assert "0901234567" not in unreadable.heard[0].content
