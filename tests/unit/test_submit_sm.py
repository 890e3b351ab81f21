"""A submit_sm that we write ourselves is, byte for byte, the one that smpplib writes."""

from __future__ import annotations

import pytest
from smpplib import consts, smpp
from smpplib.client import Client
from smpplib.gsm import make_parts

from rollcall.channels.smpp import submit_pdu


@pytest.mark.parametrize(
    ("sender", "to", "text"),
    [
        ("1022", "+84900000001", "Diem danh: {link}"),
        ("+841022", "0900000001", "€ [x]"),
        ("BoYTe", "+84900000001", "Điểm danh: xin gửi một tấm ảnh của mình trước 10:00. " * 5),
    ],
)
def test_it_is_what_the_library_writes(sender: str, to: str, text: str) -> None:
    client = Client("127.0.0.1", 1, allow_unknown_opt_params=True)
    parts, coding, esm_class = make_parts(text)
    for number, part in enumerate(parts, 1):
        theirs = smpp.make_pdu(
            "submit_sm",
            client=client,
            source_addr_ton=consts.SMPP_TON_INTL if sender.lstrip("+").isdigit() else consts.SMPP_TON_ALNUM,
            source_addr_npi=consts.SMPP_NPI_ISDN,
            source_addr=sender.lstrip("+"),
            dest_addr_ton=consts.SMPP_TON_INTL if to.startswith("+") else consts.SMPP_TON_UNK,
            dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr=to.lstrip("+"),
            short_message=part,
            data_coding=coding,
            esm_class=esm_class,
            registered_delivery=number == len(parts),
        )
        ours = submit_pdu(theirs.sequence, sender, to, part, coding, esm_class, receipt=number == len(parts))
        assert ours == theirs.generate()
