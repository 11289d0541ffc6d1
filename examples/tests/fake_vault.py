"""A stand-in for Vault's key/value store, version 2: read, and write with check-and-set.

https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 describes the requests.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hvs.test"


class FakeVault:
    """One store, mounted at `secret`, on a free port of this machine."""

    def __init__(self) -> None:
        self.versions: dict[str, list[dict[str, Any]]] = {}
        handler = type("Handler", (Handler,), {"vault": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, token: str | None, path: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        if token != TOKEN or not path.startswith("/v1/secret/data/"):
            return 403, {"errors": ["permission denied"]}
        versions = self.versions.setdefault(path.removeprefix("/v1/secret/data/"), [])
        if body is None:
            if not versions:
                return 404, {"errors": []}
            return 200, {"data": {"data": versions[-1], "metadata": self.metadata(versions)}}
        if body.get("options", {}).get("cas", len(versions)) != len(versions):
            return 400, {"errors": ["check-and-set parameter did not match the current version"]}
        versions.append(body["data"])
        return 200, {"data": self.metadata(versions)}

    def metadata(self, versions: list[dict[str, Any]]) -> dict[str, Any]:
        return {"created_time": "2026-01-31T09:30:00Z", "deletion_time": "", "version": len(versions)}


class Handler(BaseHTTPRequestHandler):
    """Passes requests to the store."""

    vault: FakeVault

    def reply(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if self.command in ("POST", "PUT") else None
        status, answer = self.vault.answer(self.headers.get("X-Vault-Token"), self.path, body)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = reply

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""
