"""The stand-in for the service answers as the real one does, and the examples contain the same client."""

from __future__ import annotations

import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

from service import Fake, Refused, Service, real
from stopped import load


def shape(answer: Any) -> Any:
    """The members of a response, without their values."""
    if isinstance(answer, dict):
        return {name: shape(value) for name, value in sorted(answer.items())}
    return type(answer).__name__


# What rotations are about. The stand-in leaves out other members.
MEMBERS = ("keyId", "name", "mask", "newSecret", "oldSecret", "selfRotation", "key", "revokedAt")


class Answers:
    """Sends requests, and notes what comes back."""

    def __init__(self, service: Service) -> None:
        self.service, self.answers = service, []  # type: ignore[var-annotated]

    def note(self, what: str, send: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = send()
        except Refused as refused:
            self.answers.append((what, refused.status, refused.code, refused.retry_after is not None))
            return {}
        self.answers.append((what, 200, shape({name: answer[name] for name in MEMBERS if name in answer})))
        return answer

    def own(self, what: str, key: str, action: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.note(what, lambda: self.service.own(key, action, body))

    def admin(self, what: str, path: str) -> dict[str, Any]:
        return self.note(what, lambda: self.service.admin(path))

    def all(self) -> list[Any]:
        """The answers to all requests that the examples send, and to what administrators do meanwhile."""
        key = self.service.create()
        first, key_id = key["key"], key["keyId"]
        self.own("a key reads itself", first)
        self.own("an overlap that is too short", first, "/rotate", {"overlapSeconds": 1})
        new = self.own("it rotates", first, "/rotate", {"overlapSeconds": 3600})["key"]
        self.own("the current secret sees the new one", first)
        self.own("once a minute", first, "/rotate", {})
        self.own("the first use", new)
        self.own("the old secret still works", first)
        self.own("it rotates too early", new, "/rotate", {})
        self.admin("too late to cancel", f"/{key_id}/cancel-rotation")
        self.admin("complete", f"/{key_id}/complete-rotation")
        self.admin("complete again", f"/{key_id}/complete-rotation")
        self.admin("too late to cancel what was completed", f"/{key_id}/cancel-rotation")
        self.own("the old secret has ended", first)
        self.own("the new one is current", new)
        self.own("a key revokes itself", new, "/revoke", {})
        self.own("a revoked key", new)

        key = self.service.create()
        first, key_id = key["key"], key["keyId"]
        self.admin("nothing to cancel", f"/{key_id}/cancel-rotation")
        self.admin("nothing to complete", f"/{key_id}/complete-rotation")
        unused = self.own("it rotates", first, "/rotate", {})["key"]
        self.admin("cancel", f"/{key_id}/cancel-rotation")
        self.admin("cancel again", f"/{key_id}/cancel-rotation")
        self.admin("nothing to complete after that", f"/{key_id}/complete-rotation")
        self.own("the canceled secret", unused)
        made = self.admin("an administrator rotates it", f"/{key_id}/rotate")["key"]
        self.own("an administrator's rotation counts too", first, "/rotate", {})
        self.own("the administrator's secret", made)
        self.own("a key revokes itself", made, "/revoke", {})
        self.own("both secrets have ended", first)

        key = self.service.create(lifetime_days=None)
        self.own("a key that may not rotate itself", key["key"], "/rotate", {})
        self.own("a key revokes itself", key["key"], "/revoke", {})
        return self.answers


class TheStandIn(unittest.TestCase):
    """The stand-in can't differ unnoticed."""

    maxDiff = None

    @unittest.skipUnless(real(), "cargo xtask secret-managers starts the service")
    def test_it_answers_as_the_service_does(self) -> None:
        service, stand_in = real(), Fake()
        self.addCleanup(stand_in.stop)
        assert service
        self.assertEqual(Answers(stand_in).all(), Answers(service).all())

    def test_it_answers(self) -> None:
        stand_in = Fake()
        self.addCleanup(stand_in.stop)
        statuses = [answer[1] for answer in Answers(stand_in).all()]
        self.assertEqual(statuses.count(401), 4)


class Elsewhere(BaseHTTPRequestHandler):
    """Another server: redirects requests to itself, notes what it gets, and then closes the connection."""

    credentials: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.credentials.append(self.headers.get("Authorization"))
        if len(self.credentials) > 1:
            self.close_connection = True
            return
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


class TheExamples(unittest.TestCase):
    """Each example is one file, so that it can be installed alone. What both contain must be the same."""

    def test_the_client_follows_no_redirect_and_notices_a_lost_response(self) -> None:
        server = HTTPServer(("127.0.0.1", 0), Elsewhere)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        address, client = f"http://127.0.0.1:{server.server_port}", load()
        try:
            with self.assertRaises(client.ApiError) as redirected:
                client.call(address, "A" * 56)
            sent = list(Elsewhere.credentials)
            with self.assertRaises(client.ApiError) as lost:
                client.call(address, "A" * 56)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        self.assertEqual(redirected.exception.status, 302)
        self.assertEqual(sent, [f"apikey {'A' * 56}"], "only the first request has the key")
        self.assertEqual(lost.exception.code, "no-answer")

    def test_the_client_sends_the_key_only_over_tls_or_to_this_machine(self) -> None:
        for address in ("http://api.example", "http://127.0.0.1.example", "ftp://127.0.0.1.example", "api.example"):
            with self.subTest(address), self.assertRaisesRegex(ValueError, "https://"):
                load().call(address, "A" * 56)

    def test_the_client_never_shows_what_is_not_a_key(self) -> None:
        for text in ("A" * 56 + "\n", "almost a secret, with spaces", ""):
            with self.assertRaises(ValueError) as refused:
                load().call("https://api.example", text)
            self.assertEqual(str(refused.exception), "the stored value is not an API key")

    def test_both_contain_the_same_client(self) -> None:
        folder = Path(__file__).parents[1]
        begin, end = "# The client: ", "# The end of the client."
        clients = []
        for name in ("secrets-manager/rotation.py", "rotate-api-key"):
            text = (folder / name).read_text()
            clients.append(text[text.index(begin) : text.index(end)])
        self.assertGreater(len(clients[0]), 2000)
        self.assertEqual(*clients)


if __name__ == "__main__":
    unittest.main()
