"""What the tests do with the service, as its administrator: create keys, complete and cancel rotations, try secrets."""

from __future__ import annotations

import contextlib
import json
import os
import urllib.error
import urllib.request
from typing import Any

from fake_service import FakeService


class Refused(Exception):
    """An error response of the service."""

    def __init__(self, status: int, code: str, retry_after: str | None) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.retry_after = status, code, retry_after


class Service:
    """A service at this address."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def send(self, credential: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Sends a request without the code that is tested."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": credential, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=15) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as error:
            code = json.load(error)["type"].rsplit(":", 1)[-1]
            raise Refused(error.code, code, error.headers.get("Retry-After")) from None

    def admin(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.send(f"Bearer {self.token}", "POST", f"/admin/v1/api-keys{path}", body or {})

    def create(self, lifetime_days: int | None = 90) -> dict[str, Any]:
        """Creates a key that may rotate itself, unless there is no lifetime."""
        rotation = {"selfRotation": {"lifetimeDays": lifetime_days}} if lifetime_days else {}
        return self.admin("", {"name": "Rotating", "scopes": ["deprovisioning"], **rotation})

    def own(self, key: str, action: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Sends a request of the key about itself."""
        method = "POST" if action else "GET"
        return self.send(f"apikey {key}", method, f"/enterprise/v1/api-key{action}", body)

    def seen(self, key: str) -> dict[str, Any] | None:
        """What the service tells this secret; none if it refuses the secret."""
        try:
            return self.own(key)
        except Refused as refused:
            if refused.status != 401:
                raise
            return None

    def complete(self, key_id: str) -> None:
        """Ends the old secret now. This does what the end of the overlap does."""
        with contextlib.suppress(Refused):
            self.admin(f"/{key_id}/complete-rotation")

    def check(self, current: str | None, stored: list[str]) -> None:
        """Fails unless the current secret works, and unless another stored one works if the current one has an end."""
        seen = self.seen(current) if current else None
        if seen is None:
            raise Unsafe("the secret that programs use doesn't work")
        if seen.get("oldSecret", {}).get("mask") == seen["mask"]:
            others = [secret for secret in stored if secret != current]
            if not any(self.seen(secret) for secret in others):
                raise Unsafe("the secret that programs use will end, and the one that goes on is not stored")

    def wait(self, seconds: float) -> bool:
        """Lets time pass, if this is possible here without waiting for long."""
        return False

    def stop(self) -> None:
        """Stops what this started."""


class Unsafe(AssertionError):
    """The store and the service are in a state that no retry can repair."""


class Fake(Service):
    """The stand-in."""

    def __init__(self) -> None:
        self.fake = FakeService()
        super().__init__(self.fake.url, "administrator")

    def wait(self, seconds: float) -> bool:
        self.fake.now += seconds
        return True

    def stop(self) -> None:
        self.fake.stop()


def real() -> Service | None:
    """The service that `cargo xtask secret-managers` has started."""
    url, token = os.environ.get("API_URL"), os.environ.get("ACCESS_TOKEN")
    return Service(url, token) if url and token else None
