"""A stand-in for the service that follows its description, with a clock that a test moves.

The real service lets a key rotate itself once a minute, by the real clock. Tests that need more use this one.
`test_service.py` sends the same requests to both, so that this one can't differ unnoticed.
"""

from __future__ import annotations

import json
import secrets
import string
import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DAY = 86400.0
NEVER = float("inf")


class Problem(Exception):
    """An error response."""

    def __init__(self, status: int, code: str, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.retry_after = status, code, retry_after


@dataclass
class Secret:
    """One secret of a key."""

    text: str
    created: float
    ends: float
    by_key: bool = False
    overlap: float = 0.0
    unused_until: float = 0.0

    @property
    def mask(self) -> str:
        return f"{self.text[:4]}…{self.text[-4:]}"


@dataclass
class Key:
    """A key with one secret, or two during a rotation."""

    key_id: str
    name: str
    lifetime_days: int | None
    current: Secret
    new: Secret | None = None
    old: Secret | None = None
    is_revoked: bool = False
    rotated: float = -DAY
    has_replaced: bool = False


class FakeService:
    """The service, on a free port of this machine."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 9, 30, tzinfo=timezone.utc).timestamp()
        self.keys: dict[str, Key] = {}
        self.lock = threading.Lock()
        handler = type("Handler", (Handler,), {"service": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def time(self, seconds: float) -> str:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat().replace("+00:00", "Z")

    def make(self, ends: float) -> Secret:
        letters = string.ascii_letters + string.digits
        random = "".join(secrets.choice(letters) for _ in range(50))
        return Secret(f"{random[:22]}_cak1_{random[22:]}", self.now, ends)

    def expiry(self, secret: Secret) -> dict[str, str]:
        return {"expiresAt": self.time(secret.ends)} if secret.ends < NEVER else {}

    def settle(self, key: Key) -> None:
        """Removes secrets that have ended."""
        if key.old and key.old.ends <= self.now:
            key.old = None
        if key.new and min(key.new.unused_until, key.new.ends) <= self.now:
            key.new = None

    def shown(self, key: Key, secret: Secret) -> dict[str, Any]:
        answer: dict[str, Any] = {"keyId": key.key_id, "name": key.name, "mask": secret.mask}
        answer.update(self.expiry(secret))
        if key.new:
            answer["newSecret"] = {
                "mask": key.new.mask,
                "createdAt": self.time(key.new.created),
                "unusedUntil": self.time(key.new.unused_until),
                **self.expiry(key.new),
            }
        if key.old:
            answer["oldSecret"] = {"mask": key.old.mask, "endsAt": self.time(key.old.ends)}
        if key.lifetime_days:
            answer["selfRotation"] = {"lifetimeDays": key.lifetime_days}
        return answer

    def holder(self, text: str) -> tuple[Key, Secret]:
        """The key of this secret. The first use of a new secret makes it current."""
        for key in self.keys.values():
            self.settle(key)
            if key.is_revoked:
                continue
            if key.new and key.new.text == text:
                left = key.new.ends - self.now
                self.replace(key, key.current, self.now + min(key.new.overlap, left / 2))
            living = [secret for secret in (key.current, key.old) if secret and secret.ends > self.now]
            for secret in living:
                if secret.text == text:
                    return key, secret
        raise Problem(401, "unauthenticated")

    def replace(self, key: Key, old: Secret, ends: float) -> None:
        if key.new is None:
            raise Problem(409, "no-rotation")
        old.ends = min(old.ends, ends)
        key.current, key.old, key.new, key.has_replaced = key.new, old, None, True
        self.settle(key)

    def rotate(self, key: Key, body: dict[str, Any], by_key: bool) -> Secret:
        overlap = body.get("overlapSeconds", DAY)
        if not isinstance(overlap, int | float) or not 60 <= overlap <= 7 * DAY:
            raise Problem(400, "invalid-request")
        if by_key and not key.lifetime_days:
            raise Problem(403, "self-rotation-not-allowed")
        if key.old or (key.new and by_key and not key.new.by_key):
            raise Problem(409, "rotation-in-progress")
        if by_key and self.now - key.rotated < 60:
            raise Problem(429, "rate-limited", min(60, int(60 - (self.now - key.rotated)) + 1))
        life = key.lifetime_days * DAY if by_key and key.lifetime_days else key.current.ends - key.current.created
        key.new = self.make(self.now + life)
        key.new.by_key, key.new.overlap, key.new.unused_until = by_key, overlap, self.now + 30 * DAY
        key.rotated, key.has_replaced = self.now, False
        return key.new

    def answer(self, method: str, path: str, credential: str, body: dict[str, Any]) -> dict[str, Any]:
        if path.startswith("/enterprise/"):
            key, secret = self.holder(credential.removeprefix("apikey "))
            return self.own(key, secret, f"{method} {path.removeprefix('/enterprise/v1/api-key')}", body)
        if path == "/admin/v1/api-keys":
            days = body.get("selfRotation", {}).get("lifetimeDays")
            current = self.make(NEVER)
            key = Key(secrets.token_hex(13), body["name"], days, current)
            self.keys[key.key_id] = key
            return {**self.shown(key, current), "key": current.text}
        key_id, action = path.removeprefix("/admin/v1/api-keys/").split("/")
        key = self.keys[key_id]
        self.settle(key)
        made = {}
        if action == "rotate":
            made = {"key": self.rotate(key, body, False).text}
        elif action == "complete-rotation":
            self.complete(key)
        elif action == "cancel-rotation":
            self.cancel(key)
        else:
            key.is_revoked = True
        answer = {**self.shown(key, key.current), **made}
        if key.new and not key.new.by_key:
            answer["newSecret"]["createdBy"] = {"accountId": "acme-admin", "email": "admin@acme.example"}
        return answer

    def complete(self, key: Key) -> None:
        """Repeating it changes nothing."""
        if key.new:
            self.replace(key, key.current, self.now)
        elif not key.has_replaced:
            raise Problem(409, "no-rotation")
        key.old = None

    def cancel(self, key: Key) -> None:
        """Repeating it changes nothing."""
        if key.old:
            raise Problem(409, "rotation-in-progress")
        if key.has_replaced or key.rotated < 0:
            raise Problem(409, "no-rotation")
        key.new = None

    def own(self, key: Key, secret: Secret, action: str, body: dict[str, Any]) -> dict[str, Any]:
        if action == "GET ":
            return self.shown(key, secret)
        if action == "POST /revoke":
            key.is_revoked = True
            return {"keyId": key.key_id, "name": key.name, "mask": secret.mask, "revokedAt": self.time(self.now)}
        made = self.rotate(key, body, True).text
        return {**self.shown(key, secret), "key": made}


class Handler(BaseHTTPRequestHandler):
    """Passes requests to the service, one at a time."""

    service: FakeService

    def reply(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        headers = {}
        with self.service.lock:
            try:
                status, answer = (
                    200,
                    self.service.answer(self.command, self.path, self.headers.get("Authorization", ""), body),
                )
            except Problem as problem:
                status, answer = problem.status, {"type": f"urn:company-api-keys:problem:{problem.code}"}
                if problem.retry_after is not None:
                    headers["Retry-After"] = str(problem.retry_after)
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = reply

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""
