"""A server on loopback that gives tokens and takes messages as Zalo documents it."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

from tests.doubles.vendor_server import Answer, Asked, VendorServer

FIRST = "refresh-0"
USER = "7654321098765432100"


class ZaloServer:
    """Gives tokens, each refresh token good once, and takes messages, as Zalo documents it."""

    def __init__(self) -> None:
        self.refresh, self.access, self.given = FIRST, "", 0
        self.says: list[Answer] = []
        self.sent: list[dict[str, Any]] = []
        self.slow = 0.0
        self.templates: dict[str, set[str]] = {}
        self.lock = threading.Lock()
        self.server = VendorServer(self.answer)

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/v4/oa/access_token":
            time.sleep(self.slow)
            with self.lock:
                return self.token(asked)
        assert asked.headers["Content-Type"] == "application/json"
        if self.says:
            return self.says.pop(0)
        if asked.path == "/message/template":
            return self.template(asked)
        assert asked.path == "/v3.0/oa/message/cs"
        if asked.headers["Access_Token"] != self.access:
            return Answer(200, {"error": -216, "message": "Access token is invalid"})
        with self.lock:
            self.sent.append(asked.json)
            return Answer(
                200, {"error": 0, "message": "Success", "data": {"message_id": f"z-{len(self.sent)}", "user_id": USER}}
            )

    def token(self, asked: Asked) -> Answer:
        assert asked.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
        assert asked.headers["Secret_Key"] == "app-secret"
        form = asked.form
        assert (form["app_id"], form["grant_type"]) == ("42", "refresh_token")
        if form["refresh_token"] != self.refresh:
            return Answer(200, {"error": -14014, "error_name": "Invalid refresh token."})
        self.given += 1
        self.access, self.refresh = f"access-{self.given}", f"refresh-{self.given}"
        return Answer(200, {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"})

    def template(self, asked: Asked) -> Answer:
        """A template message: the number, the template and its parameters are checked as Zalo documents it."""
        if asked.headers["Access_Token"] != self.access:
            return Answer(200, {"error": -124, "message": "Access token invalid"})
        wanted, given = self.templates.get(asked.json["template_id"]), asked.json["template_data"]
        if not re.fullmatch(r"84\d{9}", asked.json["phone"]):
            return Answer(200, {"error": -108, "message": "Phone number invalid"})
        if wanted is None:
            return Answer(200, {"error": -109, "message": "Template ID invalid"})
        if set(given) != wanted or not all(isinstance(each, str) and each for each in given.values()):
            return Answer(200, {"error": -1121, "message": "Template data missing"})
        with self.lock:
            self.sent.append(asked.json)
            data = {"msg_id": f"n-{len(self.sent)}", "sent_time": "1626926349402", "quota": {"remainingQuota": "4"}}
            return Answer(200, {"error": 0, "message": "Success", "data": data})
