"""A mail to the hotline as it came, read into plain values: who, what in which words, and whether a machine sent it. Pure.

A mail is a stranger's: every header may lie, be missing or be broken, and none of that may keep its words from a person.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Part
from email.parser import BytesParser
from email.utils import getaddresses
from html.parser import HTMLParser

from monitor.problems import BadInput
from rollcall.channels.email_addresses import read_email

LONGEST_WORDS = 20_000
"""Characters that are kept of a mail; the mail itself stays in its mailbox."""
LONGEST_HEADER, LONGEST_ID = 400, 300
_MOST_PARTS = 200
_MACHINES = re.compile(r"^(?:mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply|noreply)\b", re.IGNORECASE)
_BULK = {"bulk", "junk", "list", "auto_reply"}
_ID = re.compile(r"<([^<>\s@]{1,200})@([^<>\s@]{1,200})>")
# How programs for mail begin what they quote.
_QUOTED = re.compile(
    r"^[ \t]*(?:>|on\b.{3,120}\bwrote:|(?:vào|lúc|ngày)\b.{3,120}\bviết:|-{2,} ?(?:original message|forwarded message|tin nhắn gốc|thư gốc)"
    r"|(?:from|từ):.{1,200}\n[ \t]*(?:sent|date|to|đã gửi|ngày|đến|tới):)",
    re.IGNORECASE | re.MULTILINE,
)
_CONFIRMED = re.compile(r"\bdmarc\s*=\s*(pass|fail)\b|\b(?:dkim|spf)\s*=\s*(pass|fail|softfail)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Mail:
    """sender: "" where none can be answered. words: all that it says; fresh: without what it quotes, where something is left.

    references: names of mails of ours that it answers or returns, as `reference_in` tells them; own: the one that it is itself, "" for none.
    automatic: a machine sent it, nobody awaits an answer; returned: it says that a mail of ours did not arrive. confirmed: what our own mail
    server says of its sender, None where that says nothing. cut: there are more words than stand here. digest: the same for each copy.
    """

    message_id: str
    sender: str
    sender_name: str
    subject: str
    words: str
    fresh: str
    references: tuple[str, ...]
    own: str
    automatic: bool
    returned: bool
    confirmed: bool | None
    attachments: int
    cut: bool
    digest: str


def read_mail(content: bytes, domain: str, server: str = "") -> Mail:
    """A mail, or its beginning. domain: in the names of our own mails; server: the name by which our mail server signs its findings."""
    mail = BytesParser().parsebytes(content)
    words, cut, attachments = _words_of(mail)
    if not words and not attachments:
        # So broken that no part of it is one: a person reads it as it came.
        raw = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[-1] if mail.keys() else content
        words = _tidy(_in_letters(raw, "utf-8"))[:LONGEST_WORDS]
    sender, name = _sender(mail)
    message_id = _first(_header(mail, "Message-ID"))
    subject = " ".join(_decoded(_header(mail, "Subject")).split())[:LONGEST_HEADER]
    named = " ".join(_header(mail, each) for each in ("In-Reply-To", "References"))
    returned = mail.get_content_type() == "multipart/report" or _header(mail, "Return-Path").strip() == "<>"
    if returned:
        # What came back has our mail, or its head, somewhere inside.
        named += " " + content.decode("ascii", "replace")
    signed = "\n".join((message_id, sender, _header(mail, "Date"), subject, words))
    return Mail(
        message_id=message_id,
        sender=sender,
        sender_name=name,
        subject=subject,
        words=words,
        fresh=without_quoted(words),
        references=tuple(references_in(named, domain)),
        own=next(iter(references_in(message_id, domain)), ""),
        automatic=returned or _is_automatic(mail, sender),
        returned=returned,
        confirmed=_confirmed(mail, server),
        attachments=attachments,
        cut=cut,
        digest=hashlib.sha256(signed.encode("utf-8", "replace")).hexdigest(),
    )


def with_words(mail: Mail, words: str) -> Mail:
    """The same mail with words that were fetched by themselves: they stood behind more than is read at once."""
    kept = _tidy(words)
    return replace(mail, words=kept[:LONGEST_WORDS], fresh=without_quoted(kept[:LONGEST_WORDS]), cut=len(kept) > LONGEST_WORDS)


def read_part(head: bytes, body: bytes) -> str:
    """The words of one part that was fetched by itself. head: its MIME headers."""
    part = BytesParser().parsebytes(head.rstrip() + b"\r\n\r\n" + body)
    return _text_of(part) if _is_text(part) else ""


def references_in(text: str, domain: str) -> Iterator[str]:
    """Our own references in names of mails: what stands before our domain."""
    seen = set()
    for local, place in _ID.findall(text):
        if domain and place.lower() == domain.lower() and local not in seen:
            seen.add(local)
            yield local


def without_quoted(words: str) -> str:
    """What somebody wrote above what they quote; all of it where nothing is left."""
    found = _QUOTED.search(words)
    above = words[: found.start()].strip() if found else words
    if found and not above:
        # They answered below, line by line.
        above = "\n".join(each for each in words.splitlines() if not _QUOTED.match(each)).strip()
    return above or words


def _is_automatic(mail: Part, sender: str) -> bool:
    submitted = _header(mail, "Auto-Submitted").split(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or _header(mail, "Precedence").strip().lower() in _BULK
        or any(mail[each] is not None for each in ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond"))
        or bool(_MACHINES.match(sender))
    )


def _confirmed(mail: Part, server: str) -> bool | None:
    """By what our own server noted of DMARC, else of DKIM and SPF; anybody may write such a header under another server's name."""
    if not server:
        return None
    for value in mail.get_all("Authentication-Results", []):
        by, _, findings = str(value).partition(";")
        if by.split()[:1] != [server]:
            continue
        told = [(dmarc or other).lower() for dmarc, other in _CONFIRMED.findall(findings)]
        dmarc = [dmarc.lower() for dmarc, _ in _CONFIRMED.findall(findings) if dmarc]
        # Ours stands first: what a stranger put there under our name comes after it.
        return (dmarc[0] if dmarc else "pass" if "pass" in told else "fail" if told else "") == "pass" if told else None
    return None


def _sender(mail: Part) -> tuple[str, str]:
    found = getaddresses([_header(mail, "From")])
    name, address = next(((name, address) for name, address in found if "@" in address), ("", ""))
    try:
        return read_email(address), _decoded(name)[:LONGEST_HEADER]
    except BadInput:
        return "", (_decoded(name) or _decoded(_header(mail, "From")))[:LONGEST_HEADER]


def _header(mail: Part, name: str) -> str:
    return str(mail.get(name, ""))[:4000]


def _first(message_ids: str) -> str:
    found = re.search(r"<[!-;=?-~]+>", message_ids)
    return found[0] if found and len(found[0]) <= LONGEST_ID else ""


def _decoded(value: str) -> str:
    try:
        text = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        text = value
    return _storable(text)


def _words_of(mail: Part) -> tuple[str, bool, int]:
    """All words of a mail, whether some are missing, and how many files hang on it."""
    plain, html, attachments = "", "", 0
    for number, part in enumerate(mail.walk()):
        if number > _MOST_PARTS:
            break
        if part.is_multipart():
            continue
        if not _is_text(part):
            attachments += 1
        elif part.get_content_type() == "text/html":
            html = html or _text_of(part)
        else:
            plain = f"{plain}\n{_text_of(part)}" if plain else _text_of(part)
    words = _tidy(plain) or _tidy(html)
    return words[:LONGEST_WORDS], len(words) > LONGEST_WORDS, attachments


def _is_text(part: Part) -> bool:
    text = part.get_content_type() in ("text/plain", "text/html") and part.get_content_disposition() != "attachment"
    # Of several parts by its own words, and none can be told apart.
    return text or (part.get_content_maintype() == "multipart" and not part.is_multipart())


def _text_of(part: Part) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    text = _in_letters(content, part.get_content_charset() or "utf-8")
    return _text_of_html(text) if part.get_content_type() == "text/html" else text


def _in_letters(content: bytes, charset: str) -> str:
    for each in (charset, "utf-8"):
        try:
            return content.decode(each)
        except (LookupError, UnicodeDecodeError):
            continue
    # A beginning may end within a letter; and who names no alphabet in Vietnam wrote in that of Windows.
    cut = content.decode("utf-8", "replace")
    return cut if cut.count("\ufffd") <= 1 else content.decode("cp1258", "replace")


def _tidy(text: str) -> str:
    lines = (" ".join(each.split(" ")).rstrip() for each in _storable(text).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _storable(text: str) -> str:
    """Without what no database takes."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


class _Words(HTMLParser):
    """The words of a page, a line for each paragraph; scripts and styles say nothing."""

    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote", "table"})
    _SILENT = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        if tag == "body":
            # A head that nobody closed ends here.
            self._silent.clear()
        elif tag in self._SILENT:
            self._silent.append(tag)
        elif tag in self._BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """A tag ends."""
        if tag in self._silent:
            self._silent.remove(tag)
        elif tag == "p":
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        """Words between tags."""
        if not self._silent:
            self.said.append(re.sub(r"\s+", " ", data))


def _text_of_html(page: str) -> str:
    words = _Words()
    words.feed(page[: 20 * LONGEST_WORDS])
    words.close()
    said = "\n".join(each.strip() for each in "".join(words.said).splitlines())
    # A page so broken that nothing was heard of it is read with its tags taken out.
    return said if said.strip() else re.sub(r"<[^>]*>", " ", page)
