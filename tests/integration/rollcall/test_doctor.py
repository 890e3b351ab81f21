"""`quarantine doctor` on both databases: its exit codes for an installation that is whole, half set up and broken; and certificates."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.health.certificates import of_address, of_file
from monitor.health.gathering import BACKUP_STAMP
from monitor.models.accounts import Role
from monitor.models.cameras.cameras import Camera, CameraState
from monitor.models.places import Room, Zone, ZoneKind
from monitor.models.service import ChannelTry, ProcessBeat, SetUpStep, StatedValue, StepMark
from monitor.people.sunset import renew
from monitor.setting_up.recovery_sheet import STEP, fingerprint
from monitor.settings import Settings
from monitor.vault.master_keys import master_keys
from monitor.vault.vault import open_vault
from tests.processes.commands import doctor
from tests.worlds.signed_in import PASSWORD
from tests.worlds.tables import make_tables

WHOLE = {
    "QUARANTINE_CONSOLE_URL": "https://quanly.example.vn",
    "QUARANTINE_SECURE_COOKIES": "true",
    "QUARANTINE_SMS_GATEWAY_URL": "http://127.0.0.1:9/sms",
}


def fill(database: Database, settings: Settings) -> None:
    """All that a whole installation has; its processes gave a sign of life a moment ahead, since a test starts slowly."""
    now = utc_now()
    with database.write() as session:
        account = add_account(session, "quantri", PASSWORD, Role.ADMINISTRATOR, zones=None, now=now)
        account.totp_secret = "JBSWY3DPEHPK3PXP"
        zone = Zone(name="Khu A", kind=ZoneKind.FACILITY)
        session.add(zone)
        session.flush()
        session.add(Room(zone_id=zone.id, name="101"))
        session.add(
            Camera(
                zone_id=zone.id,
                name="Cam 1",
                address="http://10.0.0.1/onvif/device_service",
                state=CameraState.ONLINE,
                state_since=now,
                analysed_at=now + timedelta(minutes=1),
            )
        )
        session.add(StatedValue(name="authority", value="Trạm Y tế phường Phú Cường", at=now))
        key = master_keys(settings).current()
        session.add(SetUpStep(name=STEP, mark=StepMark.CONFIRMED, of=fingerprint(key), at=now))
        renew(
            session,
            last_day=now.date() + timedelta(days=90),
            timezone="UTC",
            why="Dịch còn kéo dài",
            account_id=account.id,
            now=now,
        )
        session.add(ChannelTry(channel="sms", tried_at=now, worked_at=now))
        for kind in ("schedule", "watch", "work", "web"):
            session.add(
                ProcessBeat(name=f"{kind}-1", kind=kind, pid=1, started_at=now, beat_at=now + timedelta(minutes=1), details={})
            )
    (settings.data_folder / BACKUP_STAMP).write_text(now.isoformat())


def test_exit_codes_say_whether_it_is_whole_half_set_up_or_broken(empty_database_url: str, tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path / "data", database_url=empty_database_url)
    database = Database(settings.database, open_vault(settings).column_key())
    make_tables(database)
    fill(database, settings)
    code, said = doctor(tmp_path, QUARANTINE_DATABASE_URL=empty_database_url, **WHOLE)
    assert code == 0, said
    assert "All is right." in said
    assert "Khu A: 1 cameras planned, 1 working, 1 believed." in said
    assert "Messages come from Trạm Y tế phường Phú Cường." in said
    # Half set up: nothing is wrong, and not all is there.
    (settings.data_folder / BACKUP_STAMP).unlink()
    code, said = doctor(tmp_path, QUARANTINE_DATABASE_URL=empty_database_url, **WHOLE, LANG="vi_VN.UTF-8")
    assert code == 3, said
    assert "Chưa biết có bản sao lưu nào." in said
    assert "Không có gì sai; còn vài thứ chưa có." in said
    # Broken: an older schema.
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    code, said = doctor(tmp_path, QUARANTINE_DATABASE_URL=empty_database_url, **WHOLE)
    assert code == 1, said
    assert "Run `quarantine db upgrade`" in said
    database.dispose()


def test_a_database_that_is_not_there_is_told_and_not_waited_for(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    began = time.monotonic()
    code, said = doctor(tmp_path, QUARANTINE_DATABASE_URL=f"postgresql://q:secret-word@127.0.0.1:{port}/q")
    assert time.monotonic() - began < 60
    assert code == 1
    assert "The database does not answer" in said
    assert "secret-word" not in said


def certificate(folder: Path, ends_at: datetime) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends_at - timedelta(days=90))
        .not_valid_after(ends_at)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@pytest.mark.parametrize("days", [30, -2])
def test_the_end_of_a_certificate_is_read_from_a_file_and_from_a_server(tmp_path: Path, days: int) -> None:
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    public, private = certificate(tmp_path, ends_at)
    assert of_file(public).ends_at == ends_at
    assert of_file(private).ends_at is None
    assert of_file(tmp_path / "nothing.pem").problem is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            # Once for a browser's check, and once for the certificate itself.
            for _ in range(2):
                line, _peer = server.accept()
                try:
                    context.wrap_socket(line, server_side=True).close()
                except OSError:
                    line.close()

        answering = threading.Thread(target=answer, daemon=True)
        answering.start()
        found = of_address(f"https://localhost:{server.getsockname()[1]}")
        answering.join(10)
    assert found.ends_at == ends_at
    # Nobody whom browsers know has signed it.
    assert found.problem is not None


def test_a_server_that_says_nothing_is_waited_for_a_bounded_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        found = of_address(f"https://127.0.0.1:{silent.getsockname()[1]}", 0.6)
        assert time.monotonic() - began < 5
    assert found.ends_at is None
    assert found.problem is not None
