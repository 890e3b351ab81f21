"""XML as cameras write it, made into XML: signs that may not stand there, prefixes never explained, the older envelope. Pure.

What is mended keeps every value as it was written: nothing is guessed and nothing is left out. What cannot be mended so is no answer.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

SOAP = "http://www.w3.org/2003/05/soap-envelope"
# What prefixes stand for in the standard's own examples, where a camera uses them and forgot to say.
_USUAL = {
    "s": SOAP,
    "soap": SOAP,
    "env": SOAP,
    "SOAP-ENV": SOAP,
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
    "tev": "http://www.onvif.org/ver10/events/wsdl",
    "tptz": "http://www.onvif.org/ver20/ptz/wsdl",
    "tt": "http://www.onvif.org/ver10/schema",
    "ter": "http://www.onvif.org/ver10/error",
    "tns1": "http://www.onvif.org/ver10/topics",
    "wsnt": "http://docs.oasis-open.org/wsn/b-2",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsa5": "http://www.w3.org/2005/08/addressing",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsd": "http://www.w3.org/2001/XMLSchema",
}
_DECLARED_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([\w.:-]{1,40})[\"']")
_DECLARATION = re.compile(r"^<\?xml[^>]*\?>\s*")
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_NUMBER = re.compile(r"&#(x[0-9a-fA-F]{1,6}|\d{1,7});")
_NO_SIGNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TAG = re.compile(r"<(/?)([A-Za-z_][\w.-]*:)?[A-Za-z_][^<>]*>")
_ATTRIBUTE_PREFIX = re.compile(r"\s([A-Za-z_][\w.-]*):[\w.-]+\s*=")
_EXPLAINED = re.compile(r"xmlns:([\w.-]+)\s*=\s*[\"']([^\"']*)[\"']")
_WHOLE = re.compile(rb"</(?:[\w.-]{1,40}:)?Envelope\s*>[\s\0]*$")


def is_whole(content: bytes) -> bool:
    """Whether bytes end with the end of an envelope: nothing more is to be waited for, whatever their announced length."""
    return _WHOLE.search(content[-200:]) is not None


def is_cut_off(content: bytes) -> bool:
    """Whether bytes begin an envelope and do not end it."""
    return b"Envelope" in content[:1000] and not is_whole(content)


def mended(content: bytes) -> bytes:
    """The same envelope as XML that can be read strictly, in the newer SOAP's names; as it came where that cannot be done."""
    root = _strict(content)
    if root is None:
        text = _text(content)
        root = _strict(_explained(_escaped(text)).encode())
    if root is None:
        return content
    if not _renamed(root) and _strict(content) is not None:
        return content
    return bytes(etree.tostring(root))


def read_xml(content: bytes | str) -> Any:
    """The root element of XML from a device, or None; document types are not read."""
    root = _strict(mended(content.encode() if isinstance(content, str) else content))
    return root if root is not None and not root.getroottree().docinfo.doctype else None


def _strict(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _text(content: bytes) -> str:
    """The letters, from the first sign of the XML on. What is no letter in the encoding that is announced becomes U+FFFD."""
    content = (
        content[max(0, content.find(b"<")) :] if not content[: content.find(b"<")].strip(b"\0 \t\r\n\xef\xbb\xbf") else content
    )
    found = _DECLARED_ENCODING.match(content[:200])
    encoding = found[1].decode() if found else "utf-8"
    try:
        text = content.decode(encoding, "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    return _NO_SIGNS.sub("\ufffd", _DECLARATION.sub("", text.rstrip("\0 \t\r\n")))


def _escaped(text: str) -> str:
    """Each ampersand that begins no reference, as one; inside CDATA it means itself already."""
    return "".join(
        part if part.startswith("<![CDATA[") else _NUMBER.sub(_allowed, _BARE.sub("&amp;", part)) for part in _CDATA.split(text)
    )


def _allowed(found: re.Match[str]) -> str:
    """A reference to a sign, or to U+FFFD where that sign may not stand in XML."""
    number = int(found[1][1:], 16) if found[1].startswith("x") else int(found[1])
    allowed = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000
    return found[0] if allowed else "&#xFFFD;"


def _explained(text: str) -> str:
    """Every prefix that is used explained at the root, where it is not."""
    first = _TAG.search(text)
    if first is None:
        return text
    bare = _CDATA.sub("", text)
    used = {found[2][:-1] for found in _TAG.finditer(bare) if found[2]}
    used |= {prefix for found in _TAG.finditer(bare) for prefix in _ATTRIBUTE_PREFIX.findall(found[0])}
    told = dict(_EXPLAINED.findall(bare))
    at_root = {prefix for prefix, _ in _EXPLAINED.findall(first[0])}
    missing = sorted(used - at_root - {"xml", "xmlns"})
    names = "".join(f' xmlns:{each}="{told.get(each) or _USUAL.get(each) or f"urn:unexplained:{each}"}"' for each in missing)
    end = first.end() - (2 if first[0].endswith("/>") else 1)
    return text[:end] + names + text[end:]


def _renamed(root: Any) -> bool:
    """An envelope in the newer SOAP's names; returns whether anything was another before."""
    if etree.QName(root).localname != "Envelope" or root.tag == f"{{{SOAP}}}Envelope":
        return False
    old = etree.QName(root).namespace
    for each in (root, *root):
        if isinstance(each.tag, str) and etree.QName(each).namespace == old:
            each.tag = f"{{{SOAP}}}{etree.QName(each).localname}"
    for body in root.findall(f"{{{SOAP}}}Body"):
        for each in body:
            if isinstance(each.tag, str) and etree.QName(each).namespace == old and etree.QName(each).localname == "Fault":
                each.tag = f"{{{SOAP}}}Fault"
    return True
