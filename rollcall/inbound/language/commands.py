"""Requests about the texts themselves: no more of them, texts again, how it works; in the words that people use."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.models.rollcalls.inbound import InboundMeaning
from rollcall.inbound.language.folding import Word, same
from rollcall.inbound.language.lexicon import phrase


def _words(text: str) -> dict[str, list[Word]]:
    """Single words of a list by their letters; `=`: with its accents only."""
    table: dict[str, list[Word]] = {}
    for each in text.replace(",", " ").split():
        (word,) = phrase(each.removeprefix("="))
        table.setdefault(word.letters, []).append(word)
    return table


def _exact(text: str) -> set[Word]:
    return {phrase(each)[0] for each in text.replace(",", " ").split() if each.startswith("=")}


# Alone, each of these is the request. "dung" without accents is no more "dừng" than "đúng" or "đừng".
_STOPPING_TEXT = (
    "stop, stopp, stops, stopall, =dừng, ngừng, ngưng, hủy, huỷ, quit, end, cancel, unsubscribe, unsub, revoke, optout, "
    "unsubcribe, desist, stopping, opt"
)
# These want to be said of texts.
_FORBIDDING_TEXT = (
    "đừng, dừng, thôi, khỏi, chớ, miễn, dont, don't, no, never, not, không, ko, k, kg, khong, hok, hông, remove, delete, "
    "xóa, xoá, block, chặn, gỡ, bỏ, lose"
)
_NEVER_TEXT = "đừng, chớ, dont, don't, never, not, không, ko, k, kg, hok, hông, chưa, can't, cant, cannot, won't, wont, didn't"
_TEXTS_TEXT = (
    "nhắn, gửi, gởi, tin, nhan, sms, text, texts, texting, message, messages, messaging, msg, msgs, send, sending, contact, "
    "contacting, spam, phiền, bother, bothering, notify, notification, notifications, nhắc, mess"
)
_REMOVING_TEXT = "remove, delete, xóa, xoá, block, chặn, gỡ, bỏ, lose"
_NUMBERS_TEXT = "number, số, sdt, me, list, danh"
_AROUND_TEXT = (
    "gọi, do, number, số, sdt, me, list, danh, cho, tôi, em, mình, tui, con, cháu, us, i, my, our, this, these, them, those, "
    "it, that, to, nữa, lại, đi, giùm, dùm, giúp, hộ, cái, any, more, anymore, again, all, the, please, pls, plz, from, "
    "sách, ra, want, muốn, would, like, nhận, receive, receiving, get, getting, thank, thanks, you, u, cảm, cám, ơn, ok, "
    "vui, lòng, làm, xin, ạ, a, nhé, nha, nhe, now, ngay, luôn, mọi, các, hết, tất, cả, từ, hôm, nay, immediately, có, wish, "
    "này, kia, ký, đăng, dịch, vụ, service, out, off, take, your, so, many, much, such, sir, madam, dear, dạ, hi, hello, "
    "right, at, once, và, and, với, bác, sĩ, anh, chị, cô, chú, ơi, soạn, trời, quá, just, kindly, tin, nhắn, rồi, r, tới, "
    "đến, vào, đây, đó, don, t"
)
_STOPPING, _EXACTLY = _words(_STOPPING_TEXT), _exact(_STOPPING_TEXT)
_FORBIDDING, _NEVER, _TEXTS, _AROUND, _REMOVING, _NUMBERS = map(
    _words, (_FORBIDDING_TEXT, _NEVER_TEXT, _TEXTS_TEXT, _AROUND_TEXT, _REMOVING_TEXT, _NUMBERS_TEXT)
)
_ANY_MORE = _words(
    "nữa, more, anymore, again, lại, any, all, never, =thôi, thoi, đừng, dừng, dung, miễn, khỏi, chớ, remove, delete, xóa, "
    "xoá, block, chặn, gỡ, bỏ, lose, want, muốn, nhận, receive"
)
_ALONE = [
    phrase(each)
    for each in (
        "leave me alone",
        "leave us alone",
        "để tôi yên",
        "cho tôi yên",
        "để yên cho tôi",
        "take me off",
        "opt out",
        "lose my number",
        "thôi giùm cái",
        "thôi dùm cái",
    )
]
_OTHERS = {
    InboundMeaning.START: [
        phrase(each)
        for each in [
            "start",
            " bật",
            " bật lại",
            " bật tin",
            " bật tin nhắn",
            " bắt đầu",
            " bắt đầu lại",
            " unstop",
            " subscribe",
            " resume",
            " start again",
            " start texting",
            " start texts",
            " continue",
            " nhắn lại đi",
            " nhắn lại cho tôi",
            " nhắn lại được rồi",
            " tiếp tục nhắn",
            " tiếp tục nhắn tin",
            " gửi lại tin",
            " gửi tin lại",
            " nhận lại",
            " nhận lại tin",
            " nhận tin lại",
            " mở lại",
            " mở lại tin",
            " mở tin nhắn",
            " opt in",
            " optin",
            " turn on",
            " turn texts on",
            " texts on",
            " text me again",
            " đăng ký",
            " đăng ký lại",
        ]
    ],
    InboundMeaning.EXPLAIN: [
        phrase(each)
        for each in [
            "help",
            " trợ giúp",
            " hướng dẫn",
            " info",
            " menu",
            " cách trả lời",
            " trả lời thế nào",
            " trả lời sao",
            " trả lời như thế nào",
            " làm thế nào",
            " làm sao trả lời",
            " nhắn thế nào",
            " nhắn gì",
            " how",
            " how to answer",
            " how to reply",
            " how do i answer",
            " how do i reply",
            " instructions",
            " what do i do",
            " what should i text",
            " what do i text",
            " hướng dẫn trả lời",
            " cú pháp",
        ]
    ],
}
_POLITE = _words("xin, vui, lòng, làm, ơn, ạ, a, nhé, nha, đi, please, pls, plz, cảm, cám, thanks, thank, you, dạ, ok")
_BEFORE_ORDERS = _POLITE | _words("tôi, em, do, các, anh, chị")
_AROUND_ALONE = _words(
    "đăng, ký, nữa, lại, đi, now, all, it, giúp, giùm, dùm, tôi, em, mình, con, me, my, gửi, to, soạn, ngay, luôn, hết, cho, "
    "sir, madam, so, much, nhắn, tin, r, rồi"
)


def command_of(clauses: Sequence[Sequence[Word]]) -> InboundMeaning | None:
    """STOP, START or EXPLAIN; None where a text is none of them. clauses: the words of each, without names and numbers."""
    words = [word for clause in clauses for word in clause]
    if not words:
        return None
    if any(_stops(clause) for clause in clauses) or (_all(words, _STOPPING, _POLITE, _AROUND_ALONE) and _asks(words)):
        return InboundMeaning.STOP
    for meaning, phrases in _OTHERS.items():
        for bare in (words, [each for each in words if not _in(each, _POLITE)]):
            if any(len(bare) == len(known) and all(map(same, bare, known)) for known in phrases):
                return meaning
    return None


def _stops(words: Sequence[Word]) -> bool:
    """Whether a clause asks in so many words that no texts come any more."""
    if any(_begins(words, known) for known in _ALONE):
        return True
    if not words or not _all(words, _STOPPING, _FORBIDDING, _TEXTS, _AROUND):
        return False
    if any(_in(each, _REMOVING) for each in words) and any(_in(each, _NUMBERS) for each in words):
        return True
    if not any(_in(each, _TEXTS) for each in words):
        return False
    if _asks(words):
        return True
    at = next((at for at, each in enumerate(words) if _in(each, _FORBIDDING)), None)
    if at is None or any(_stopping(each) for each in words):
        return False
    ordered = all(_in(each, _BEFORE_ORDERS) for each in words[:at]) and _in(words[at], _NEVER)
    return any(_in(each, _TEXTS) for each in words[at + 1 :]) and (ordered or any(_in(each, _ANY_MORE) for each in words))


def _asks(words: Sequence[Word]) -> bool:
    """Whether a word that stops stands there, and nothing that denies it ("đừng ngừng nhắn")."""
    return any(
        _stopping(each) and not any(_in(before, _NEVER) for before in words[max(0, at - 2) : at])
        for at, each in enumerate(words)
    )


def _stopping(word: Word) -> bool:
    return any(word == known if known in _EXACTLY else same(word, known) for known in _STOPPING.get(word.letters, ()))


def _begins(words: Sequence[Word], known: Sequence[Word]) -> bool:
    return any(
        len(words) >= at + len(known) and all(map(same, words[at : at + len(known)], known))
        for at in range(len(words) - len(known) + 1)
    )


def _in(word: Word, table: dict[str, list[Word]]) -> bool:
    return any(same(word, known) for known in table.get(word.letters, ()))


def _all(words: Sequence[Word], *tables: dict[str, list[Word]]) -> bool:
    return all(any(_in(word, table) for table in tables) for word in words)
