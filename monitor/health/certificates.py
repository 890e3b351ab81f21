"""When certificates end: those of files, and the one that a server shows when it is called once, within a bounded time."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from monitor.health.facts import CertificateFacts
from monitor.words import N_, words

SECONDS = 4.0
_LARGEST_FILE = 2**20
_SILENT = N_("It did not answer within %(seconds)s seconds.")
_UNREADABLE = N_("The file cannot be read.")
_NONE = N_("The file holds no certificate.")
_NOT_ACCEPTED = N_("Browsers do not accept it (%(why)s).")
_REFUSED = N_("It could not be reached (%(why)s).")


def of_file(path: Path) -> CertificateFacts:
    """The first certificate of a PEM file, which is the server's own where a chain follows it."""
    try:
        content = path.read_bytes()[:_LARGEST_FILE]
    except OSError:
        return CertificateFacts(str(path), problem=words(_UNREADABLE))
    try:
        return CertificateFacts(str(path), x509.load_pem_x509_certificate(content).not_valid_after_utc)
    except ValueError:
        return CertificateFacts(str(path), problem=words(_NONE))


def of_address(address: str, seconds: float = SECONDS) -> CertificateFacts:
    """The certificate that an https address shows, and whether browsers accept it; an expired one is told as such.

    seconds: for all of it together, resolving the name included, which no time-out of a socket covers.
    """
    split = urlsplit(address)
    name = split.hostname or address
    found: list[CertificateFacts] = []
    # A daemon: a name server that does not answer must not keep a command from ending.
    asking = threading.Thread(
        target=lambda: found.append(_asked(name, split.port or 443, seconds)), name="certificate", daemon=True
    )
    asking.start()
    asking.join(seconds)
    return found[0] if found else CertificateFacts(name, problem=words(_SILENT, seconds=int(seconds)))


def _asked(host: str, port: int, seconds: float) -> CertificateFacts:
    try:
        ends_at, why = _ends_at(host, port, seconds / 2, verify=True), None
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message
        try:
            ends_at = _ends_at(host, port, seconds / 2, verify=False)
        except (OSError, ValueError) as other:
            return CertificateFacts(host, problem=words(_REFUSED, why=type(other).__name__))
    except TimeoutError:
        return CertificateFacts(host, problem=words(_SILENT, seconds=int(seconds)))
    except (OSError, ValueError) as error:
        return CertificateFacts(host, problem=words(_REFUSED, why=type(error).__name__))
    return CertificateFacts(host, ends_at, problem=words(_NOT_ACCEPTED, why=why) if why else None)


def _ends_at(host: str, port: int, seconds: float, *, verify: bool) -> datetime:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, port), seconds) as plain, context.wrap_socket(plain, server_hostname=host) as line:
        shown = line.getpeercert(binary_form=True)
    if not shown:
        raise ValueError("no certificate was shown")
    return x509.load_der_x509_certificate(shown).not_valid_after_utc.astimezone(UTC)
