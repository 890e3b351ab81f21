"""Debian's nginx and Caddy before a service, with the files that `quarantine service` writes and a certificate of the test's own."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.service.proxies import Door, Front, caddy_of, nginx_of

START_SECONDS = 30.0


@dataclass(frozen=True)
class Certificate:
    """file, key: paths. pin: by which Chromium is told to trust it."""

    file: Path
    key: Path
    pin: str


def program(name: str) -> str:
    """A program of Debian's; skips where it is not there, fails where everything must be."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{name} is missing; `make setup-development` installs it")
    pytest.skip(f"{name} is not installed: apt-get install {name}")


def make_certificate(folder: Path, *names: str) -> Certificate:
    """Signed by itself, for these names."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, kind = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, kind))
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Certificate(file, key_file, base64.b64encode(hashlib.sha256(spki).digest()).decode())


def front(certificate: Certificate, names: tuple[str, str], outside: list[int], inside: list[int], megabytes: int = 8) -> Front:
    """names, inside: of console and residents' pages. outside: their HTTPS ports and the plain one."""
    console, residents = (
        Door(name, port, f"127.0.0.1:{behind}") for name, port, behind in zip(names, outside, inside, strict=False)
    )
    return Front(console, residents, megabytes, str(certificate.file), str(certificate.key), outside[2])


def nginx_folder(folder: Path, text: str) -> Path:
    """A whole configuration that includes the written file: on loopback alone, with its own log, and that of more than failures."""
    (folder / "conf.d").mkdir(parents=True)
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"listen (\d+)", r"listen 127.0.0.1:\1", text)
    text = re.sub(r"error_log \S+ crit;", f"error_log {folder}/error.log warn;", text)
    (folder / "conf.d/quarantine.conf").write_text(text)
    paths = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/error.log warn;\nworker_processes 1;\n"
        f"events {{}}\nhttp {{\n{paths}\ninclude {folder}/conf.d/*.conf;\n}}\n"
    )
    return folder / "nginx.conf"


@contextmanager
def nginx(folder: Path, front: Front) -> Iterator[Path]:
    """nginx running; its log."""
    configuration = nginx_folder(folder, nginx_of(front))
    command = [program("nginx"), "-c", str(configuration), "-e", str(folder / "error.log")]
    with _running(command, folder / "output.log", front.console.port):
        yield folder / "error.log"


@contextmanager
def caddy(folder: Path, front: Front) -> Iterator[Path]:
    """Caddy running; its log."""
    folder.mkdir(parents=True)
    text = caddy_of(front).replace("{\n\thttp_port", "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\thttp_port", 1)
    (folder / "Caddyfile").write_text(text)
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with _running(command, folder / "output.log", front.console.port, XDG_DATA_HOME=str(folder), HOME=str(folder)):
        yield folder / "output.log"


@contextmanager
def _running(command: list[str], log: Path, port: int, **environment: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert process.poll() is None, log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:  # a page that still listens is waited for
            process.kill()
            process.wait(15)
