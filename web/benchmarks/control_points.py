"""What control points cost, and how well card codes are read: the part of `quarantine bench public` that is theirs."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

from monitor.benchmarks.scratch_database import scratch_database
from monitor.service.bench import free_ports
from monitor.settings import Settings
from monitor.vault.vault import open_vault
from web.benchmarks.card_codes import PICTURES, pictures, read_codes
from web.benchmarks.check_ins import PHONES, check_ins_per_s, environment_for, make_phones, make_place, service

KEYS = {"secret_key": "m" * 32, "master_key": "7" * 64, "answer_key": "9" * 64}
"""Of what is measured alone."""


def control_point_figures(url: str = "", phones: int = PHONES, cards: int = PICTURES) -> dict[str, Any]:
    """{check_ins_per_s, codes_read_share, codes_read_share_clear, code_ms, codes_read_share_zxing_cpp}. url: PostgreSQL; empty: SQLite."""
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name:
        folder = Path(name)
        settings = dataclasses.replace(Settings(data_folder=folder), **KEYS)  # type: ignore[arg-type]
        vault = open_vault(settings)
        drawn = pictures(cards)
        with scratch_database(folder, url, vault.column_key()) as database:
            place = make_place(database, vault)
            visitors = make_phones(settings, database, vault, phones)
            ports = free_ports(3)
            with service(environment_for(database, folder, ports, KEYS), folder, ports[2]) as ours:
                each_second = check_ins_per_s(database, ours, ports[2], place, visitors)
                codes = read_codes(f"http://127.0.0.1:{ports[2]}/g/{place.guard}", drawn)
    return {
        "check_ins_per_s": round(each_second, 1),
        "codes_read_share": round(codes.read, 3),
        "codes_read_share_clear": round(codes.clear, 3),
        "codes_read_wrong": codes.wrong,
        "codes_read_share_zxing_cpp": round(codes.peer_read, 3),
        "code_ms": round(codes.ms, 1),
    }
