"""Text messages through an SMPP 3.4 gateway: one bind for both directions and receipts, several on their way, long ones in parts."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from smpplib import consts, smpp
from smpplib.client import Client
from smpplib.exceptions import ConnectionError as SmppConnectionError
from smpplib.exceptions import MessageTooLong, PDUError
from smpplib.gsm import make_parts

from monitor.clock import utc_now
from monitor.models.rollcalls.channels import ChannelName
from monitor.words import N_
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Receipt, Sent, Uncertain
from rollcall.channels.deliveries import Delivery, read_delivery
from rollcall.channels.heard import Heard
from rollcall.channels.smpp_pdus import Accepted, Reader, deliver_resp_pdu, submit_pdu
from rollcall.channels.smpp_receipts import ReceiptWays, read_receipt

# smpplib's own log would hold numbers and texts of people.
logging.getLogger("rollcall.smpplib").setLevel(logging.ERROR)

ANSWER_SECONDS = 10.0
# Gateways hang up on a bind that is silent for one to three minutes.
ENQUIRE_SECONDS = 30.0
# Receipts wait until the messages that leave are noted: one of a message that is not would have to be parked. But no longer than this.
STORED_AT_ONCE, STORED_WITHIN_SECONDS = 400, 1.0
# Without messages to send, a gateway that was away is called again so seldom.
BIND_AGAIN_SECONDS = 60.0
# Refusals that no later attempt changes: a number or text that cannot be (SMPP 3.4, table 5-2).
_PERMANENT = {
    consts.SMPP_ESME_RINVMSGLEN,
    consts.SMPP_ESME_RINVDSTADR,
    consts.SMPP_ESME_RINVDSTTON,
    consts.SMPP_ESME_RINVDSTNPI,
    consts.SMPP_ESME_RINVESMCLASS,
    consts.SMPP_ESME_RINVSRCADR,
}


@dataclass(eq=False)
class _OnItsWay:
    message: Message
    awaited: set[int]
    taken: int = 0
    last: int = 0
    reference: str = ""
    problem: ChannelProblem | None = None


@dataclass
class _Bind:
    """One connection. waiting: by the sequence number of each part that was not answered."""

    client: Client
    reader: Reader
    waiting: dict[int, _OnItsWay] = field(default_factory=dict)
    arrived: list[Any] = field(default_factory=list)
    arrived_at: float = 0.0
    heard_at: float = field(default_factory=time.monotonic)

    def keeps_waiting(self) -> bool:
        """Whether the gateway has waited long for our word on something that it sent."""
        return bool(self.arrived) and time.monotonic() - self.arrived_at > STORED_WITHIN_SECONDS


class Texts(Protocol):
    """Where what people write goes. `keep` has it on disk when it returns; `told`: then the gateway was told so."""

    def keep(self, deliveries: Sequence[Delivery], at: datetime) -> Sequence[int]:
        """Returns what `told` is to be called with."""

    def told(self, ids: Sequence[int], now: datetime) -> None:
        """Never raises for a fault of the store."""


class SmppGateway:
    """A gateway that knows no idempotency keys: what was handed over and not answered is uncertain.

    A delivery receipt is asked for with the last part of a message; it is answered only when `store` has it on disk.
    """

    name = ChannelName.SMS
    idempotent = False

    def __init__(
        self,
        host: str,
        port: int,
        *,
        system_id: str,
        password: str,
        sender: str,
        store: Callable[[Sequence[Receipt]], None],
        texts: Texts | None = None,
        ways: ReceiptWays | None = None,
        heard: Callable[[Sequence[Heard], datetime], None] | None = None,
        window: int = 10,
        per_second: float = 0.0,
    ) -> None:
        """window: messages handed over before the first was answered, and so the most that one death leaves uncertain.

        texts: where what people write goes; None: it stays with the gateway. ways: how the gateway writes receipts. heard: is told how
        receipts were read, and never raises.
        """
        self._address = (host, port)
        self._login = {"system_id": system_id, "password": password}
        self._sender = sender
        self._store = store
        self._texts = texts
        self._ways = ways or ReceiptWays()
        self._heard = heard
        self._window = window
        self._pause = 1 / per_second if per_second else 0.0
        self._next_part_at = 0.0
        self._bind: _Bind | None = None
        self._bind_again_at = 0.0

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, a window at a time. What the gateway sends meanwhile is stored by `take_in`, at the latest a second later."""
        bind = self._bound()
        more = True
        try:
            while more or bind.waiting:
                while more and len(set(bind.waiting.values())) < self._window:
                    message = next(messages, None)
                    if message is None:
                        more = False
                        break
                    problem = self._submit(bind, message)
                    if problem is not None:
                        yield message, problem
                if bind.waiting:
                    yield from self._read(bind, ANSWER_SECONDS)
                if len(bind.arrived) >= STORED_AT_ONCE or bind.keeps_waiting():
                    self._confirm(bind)
        except (SmppConnectionError, PDUError, OSError) as error:
            self._hang_up()
            for each in set(bind.waiting.values()):
                yield each.message, Uncertain()
            raise _unreachable(error) from None
        except BaseException:
            # Answers to what is on its way would be taken for those of a later batch.
            self._hang_up()
            raise

    def take_in(self) -> int:
        """Read what the gateway sent by itself, and keep the connection alive; returns how much came. Waits for nothing."""
        if self._bind is None and time.monotonic() < self._bind_again_at:
            return 0
        try:
            bind = self._bound()
            for _ in range(10 * STORED_AT_ONCE):
                if not bind.reader.holds_one() and not select.select([bind.client._socket], [], [], 0)[0]:
                    break
                for _told in self._read(bind, ANSWER_SECONDS):
                    pass
            if time.monotonic() - bind.heard_at > ENQUIRE_SECONDS:
                bind.client.send_pdu(smpp.make_pdu("enquire_link", client=bind.client))
                bind.heard_at = time.monotonic()
            return self._confirm(bind)
        except (SmppConnectionError, PDUError, OSError, ChannelProblem):
            self._hang_up()
            return 0
        except BaseException:
            # A gateway sends again what was not answered, but only to a new connection.
            self._hang_up()
            raise

    def close(self) -> None:
        """Say good-bye and hang up."""
        bind, self._bind = self._bind, None
        if bind is not None:
            with contextlib.suppress(SmppConnectionError, PDUError, OSError):
                self._confirm(bind)
                bind.client.unbind()
            bind.client.disconnect()

    def _bound(self) -> _Bind:
        if self._bind is None:
            # An address that swallows everything would hold up the answers that wait to be looked at.
            self._bind_again_at = time.monotonic() + BIND_AGAIN_SECONDS
            client = Client(
                *self._address, timeout=ANSWER_SECONDS, allow_unknown_opt_params=True, logger_name="rollcall.smpplib"
            )
            try:
                with _within(client, ANSWER_SECONDS):
                    client.connect()
                    client.bind_transceiver(**self._login)
            except (SmppConnectionError, OSError) as error:
                client.disconnect()
                raise _unreachable(error) from None
            except PDUError as error:
                client.disconnect()
                raise ChannelProblem(
                    N_("The SMPP gateway refused the login (%(why)s). Check smpp_system_id and smpp_password."),
                    permanent=False,
                    why=str(error.args[0]),
                ) from None
            self._bind = _Bind(client, Reader(client))
        return self._bind

    def _hang_up(self) -> None:
        bind, self._bind = self._bind, None
        if bind is not None:
            bind.client.disconnect()

    def _submit(self, bind: _Bind, message: Message) -> ChannelProblem | None:
        """Hand over all parts of a message; a problem when it cannot be put into parts, and nothing left."""
        # One code for each accented letter: two would double the length.
        try:
            parts, coding, esm_class = make_parts(unicodedata.normalize("NFC", message.text))
        except MessageTooLong:
            return ChannelProblem(N_("The message is too long for a text message."), permanent=True)
        on_its_way = _OnItsWay(message, set())
        leaving: list[bytes] = []
        for number, part in enumerate(parts, 1):
            sequence = bind.client.next_sequence()
            last = number == len(parts)
            leaving.append(submit_pdu(sequence, self._sender, message.to, part, coding, esm_class, receipt=last))
            # Known before it leaves: should the line break now, it is uncertain, not forgotten.
            on_its_way.awaited.add(sequence)
            on_its_way.last = sequence
            bind.waiting[sequence] = on_its_way
        if self._pause:
            for each in leaving:
                self._wait_for_turn()
                bind.client._socket.sendall(each)
        else:
            bind.client._socket.sendall(b"".join(leaving))
        return None

    def _wait_for_turn(self) -> None:
        time.sleep(max(0.0, self._next_part_at - time.monotonic()))
        self._next_part_at = max(self._next_part_at, time.monotonic()) + self._pause

    def _read(self, bind: _Bind, seconds: float) -> Iterator[tuple[Message, Outcome]]:
        """Read one PDU and act on it. Raises when none comes in time or the gateway hangs up."""
        pdu = bind.reader.read(seconds)
        bind.heard_at = time.monotonic()
        if isinstance(pdu, Accepted):
            yield from self._answered(bind, pdu.sequence, reference=pdu.message_id)
        elif pdu.command == "deliver_sm":
            if not bind.arrived:
                bind.arrived_at = bind.heard_at
            bind.arrived.append(pdu)
        elif pdu.command == "enquire_link":
            _answer(bind.client, "enquire_link_resp", pdu.sequence)
        elif pdu.command == "unbind":
            _answer(bind.client, "unbind_resp", pdu.sequence)
            raise SmppConnectionError("the gateway asked to unbind")
        elif pdu.command in ("submit_sm_resp", "generic_nack"):
            problem = ChannelProblem(
                N_("The SMPP gateway refused the message (%(why)s)."),
                permanent=pdu.status in _PERMANENT,
                why=consts.DESCRIPTIONS.get(pdu.status, hex(pdu.status)),
            )
            yield from self._answered(bind, pdu.sequence, problem=problem)

    def _answered(
        self, bind: _Bind, sequence: int, *, reference: str = "", problem: ChannelProblem | None = None
    ) -> Iterator[tuple[Message, Outcome]]:
        """Note what the gateway said of a part; what becomes of the message, once all its parts are answered."""
        on_its_way = bind.waiting.pop(sequence, None)
        if on_its_way is None:
            return
        on_its_way.awaited.discard(sequence)
        if problem is not None:
            on_its_way.problem = problem
        else:
            on_its_way.taken += 1
            if sequence == on_its_way.last:
                on_its_way.reference = reference
        if not on_its_way.awaited:
            yield on_its_way.message, _outcome(on_its_way)

    def _confirm(self, bind: _Bind) -> int:
        """Store what came in, then say so: a gateway that was not told sends a receipt again."""
        arrived, bind.arrived = bind.arrived, []
        if not arrived:
            return 0
        # One time for all that came together: they are stored in one go.
        at = utc_now()
        read = [read_receipt(each, at, self._ways) for each in arrived]
        told = [each.receipt for each in read if each is not None and each.receipt is not None]
        if told:
            self._store(told)
        written = [read_delivery(pdu) for pdu, receipt in zip(arrived, read, strict=True) if receipt is None]
        kept = self._texts.keep(written, at) if self._texts is not None and written else ()
        # What nobody takes is refused for the moment, so that the gateway keeps it.
        takes = [self._texts is not None or each is not None for each in read]
        statuses = [consts.SMPP_ESME_ROK if taken else consts.SMPP_ESME_RX_T_APPN for taken in takes]
        answers = [deliver_resp_pdu(each.sequence, status) for each, status in zip(arrived, statuses, strict=True)]
        bind.client._socket.sendall(b"".join(answers))
        if self._texts is not None and kept:
            self._texts.told(kept, at)
        if self._heard is not None and len(written) < len(read):
            self._heard([each.heard for each in read if each is not None], at)
        return len(told) + len(written)


def _outcome(on_its_way: _OnItsWay) -> Outcome:
    if on_its_way.problem is None:
        if on_its_way.reference:
            return Sent(on_its_way.reference[:128])
        return Uncertain()
    # Some parts are out: repeating them all would make the phone ring twice.
    return Uncertain() if on_its_way.taken else on_its_way.problem


def _answer(client: Client, command: str, sequence: int) -> None:
    pdu = smpp.make_pdu(command, client=client, status=consts.SMPP_ESME_ROK)
    pdu.sequence = sequence
    client.send_pdu(pdu)


@contextlib.contextmanager
def _within(client: Client, seconds: float) -> Iterator[None]:
    """Cut the line when this takes longer in all: the library waits so long for each piece."""

    def cut() -> None:
        with contextlib.suppress(OSError, AttributeError):
            client._socket.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _unreachable(error: Exception) -> ChannelProblem:
    return ChannelProblem(
        N_("The SMPP gateway cannot be reached (%(why)s)."), permanent=False, why=str(error) or type(error).__name__
    )
