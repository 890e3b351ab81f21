"""A push service of others on a real socket, to be subscribed to as browsers do."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import httpx

from tests.doubles import patient
from tests.doubles.ports import free_port
from tests.doubles.smpp_gateway import MODULES
from tests.doubles.waiting import PATIENCE

PUSH_SERVICE = MODULES / "web-push-testing" / "src" / "bin" / "server.js"
INSTALLED = PUSH_SERVICE.exists()


class PushService:
    """The npm package `web-push-testing`: hands out subscriptions, takes notifications, checks and decrypts them."""

    def __init__(self) -> None:
        port = free_port()
        self.address = f"http://localhost:{port}"
        self._process = subprocess.Popen(["node", PUSH_SERVICE, str(port)], stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                patient.post(f"{self.address}/status")
                return
            except httpx.TransportError:
                assert time.monotonic() < end
                time.sleep(0.1)

    def subscribe(self, key: str) -> tuple[str, str]:
        """As a browser does: a subscription as JSON, and the service's name for it."""
        answer = patient.post(f"{self.address}/subscribe", json={"userVisibleOnly": "true", "applicationServerKey": key})
        data = answer.raise_for_status().json()["data"]
        return json.dumps({"endpoint": data["endpoint"], "keys": data["keys"]}), data["clientHash"]

    def notifications(self, name: str) -> list[dict[str, Any]]:
        answer = patient.post(f"{self.address}/get-notifications", json={"clientHash": name}).raise_for_status()
        return [json.loads(each) for each in answer.json()["data"]["messages"]]

    def expire(self, name: str) -> None:
        patient.post(f"{self.address}/expire-subscription/{name}").raise_for_status()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
