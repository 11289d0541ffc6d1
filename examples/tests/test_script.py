"""`rotate-api-key` with a file and with Vault: a rotation, and the end of the process before and after each call."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fake_vault import TOKEN, FakeVault
from service import Fake, Service, Unsafe, real
from stopped import STOPPED

HERE = Path(__file__).parent
ROTATE, FIRST_USE = "POST /enterprise/v1/api-key/rotate", "GET /enterprise/v1/api-key"
KEEP = ["unlink key.new.tmp", "open key.new.tmp", "fsync", "replace key.new.tmp key.new", "open folder", "fsync"]
# The new secret is on the disk before its first use.
FILE_CALLS = ["open folder", ROTATE, *KEEP, FIRST_USE, "replace key.new key", "open folder", "fsync"]
IN_VAULT = "/v1/secret/data/offboarding"
VAULT_CALLS = [f"GET {IN_VAULT}", ROTATE, f"POST {IN_VAULT}", FIRST_USE, f"POST {IN_VAULT}"]


class FileStore:
    """A key in a file."""

    def __init__(self, key: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "key"
        self.path.write_text(f"{key}\n")
        self.path.chmod(0o600)
        self.arguments = ["--file", str(self.path)]
        self.environment: dict[str, str] = {}

    @property
    def current(self) -> str:
        return self.path.read_text().strip()

    @property
    def stored(self) -> list[str]:
        new = self.path.with_name("key.new")
        return [self.current, *([new.read_text().strip()] if new.exists() else [])]

    def assert_clean(self) -> None:
        names = sorted(path.name for path in Path(self.folder.name).iterdir())
        assert names == ["key"], names
        assert stat.S_IMODE(self.path.stat().st_mode) == 0o600

    def stop(self) -> None:
        self.folder.cleanup()


class VaultStore:
    """A key in Vault."""

    def __init__(self, key: str) -> None:
        self.vault = FakeVault()
        self.versions = self.vault.versions["offboarding"] = [{"apiKey": key, "team": "it"}]
        self.arguments = ["--vault", "offboarding"]
        self.environment = {"VAULT_ADDR": self.vault.url, "VAULT_TOKEN": TOKEN}

    @property
    def current(self) -> str:
        return str(self.versions[-1]["apiKey"])

    @property
    def stored(self) -> list[str]:
        return [value for name, value in self.versions[-1].items() if name in ("apiKey", "newApiKey")]

    def assert_clean(self) -> None:
        assert set(self.versions[-1]) == {"apiKey", "team"}, set(self.versions[-1])

    def stop(self) -> None:
        self.vault.stop()


class Script:
    """The tests, for both stores, for the stand-in and for the real service."""

    service: Service
    kind: Any = FileStore
    calls: int

    def store(self, **options: Any) -> Any:
        """A new key, in a new store."""
        key = self.service.create(**options)
        store = self.kind(key["key"])
        store.key = key
        self.addCleanup(self.end, store)  # type: ignore[attr-defined]
        return store

    def end(self, store: Any) -> None:
        """Revokes the key, so that the company never has too many."""
        if self.service.seen(store.current):
            self.service.own(store.current, "/revoke", {})
        store.stop()

    def run_script(self, store: Any, place: int = -1, when: str = "", order: str = "right") -> Any:
        """Runs the script in a process of its own, and looks for secrets in what it prints and in its arguments."""
        command = [sys.executable, str(HERE / "stopped.py"), str(place), when, order]
        arguments = ["--url", self.service.url, "--wait", "0", *store.arguments]
        before = store.stored
        environment = {**os.environ, **store.environment}
        done = subprocess.run(command + arguments, capture_output=True, text=True, env=environment, check=False)
        for secret in {*before, *store.stored}:
            assert secret not in done.stdout + done.stderr, "the script prints a secret"
            assert secret not in arguments
        return done

    def assert_rotated(self, store: Any) -> None:
        """Exactly one secret works after the overlap: the stored one, which is new."""
        store.assert_clean()
        assert store.current != store.key["key"], "the secret is the same as before"
        self.service.complete(store.key["keyId"])
        assert self.service.seen(store.current), "the stored secret doesn't work"
        assert not self.service.seen(store.key["key"]), "the old secret still works"

    def test_the_script_rotates_the_key(self) -> None:
        store = self.store()
        done = self.run_script(store)
        assert done.returncode == 0, done.stderr
        assert "now has the secret" in done.stdout
        calls = [line.split(": ", 1)[1] for line in done.stderr.splitlines()]
        assert calls == self.expected_calls(), calls
        self.assert_rotated(store)

    def expected_calls(self) -> list[str]:
        return VAULT_CALLS if self.kind is VaultStore else FILE_CALLS

    def test_an_end_at_any_call_is_repaired_by_the_next_run(self) -> None:
        for place in range(len(self.expected_calls())):
            for when in ("before", "after"):
                with self.subTest(place=place, when=when):  # type: ignore[attr-defined]
                    self.stop_once(place, when)
                self.doCleanups()  # type: ignore[attr-defined]

    def stop_once(self, place: int, when: str) -> None:
        store = self.store()
        done = self.run_script(store, place, when)
        assert done.returncode == STOPPED, done.stderr
        self.service.check(store.current, store.stored)
        self.service.wait(61)
        done = self.run_script(store)
        if done.returncode != 0:
            # The real service makes another secret only after a minute. Nothing is lost until then.
            assert " 429 " in done.stderr and not self.service.wait(0), done.stderr
            self.service.check(store.current, store.stored)
            if store.stored == [store.key["key"]]:
                return
        self.assert_rotated(store)

    def test_the_wrong_order_is_noticed(self) -> None:
        """The control: a script that uses the new secret before it stores it."""
        store = self.store()
        place = self.call(ROTATE) + 2
        assert self.run_script(store, place, "before", "wrong").returncode == STOPPED
        try:
            self.service.check(store.current, store.stored)
        except Unsafe as unsafe:
            assert "not stored" in str(unsafe)
        else:
            raise AssertionError("the check did not notice it")

    def waiting_cases(self) -> list[Iterator[None]]:
        """What takes two rotations of a key. Each case stops where a minute must pass."""
        return [self.lost_on_the_way(), self.repeated(), self.canceled(), self.made_by_an_administrator()]

    def call(self, begin: str) -> int:
        """The number of the first call that begins like this."""
        return next(n for n, call in enumerate(self.expected_calls()) if call.startswith(begin))

    def lost_on_the_way(self) -> Iterator[None]:
        """The next run makes another secret."""
        store = self.store()
        assert self.run_script(store, self.call(ROTATE), "after").returncode == STOPPED
        assert store.stored == [store.key["key"]]
        yield
        assert self.run_script(store).returncode == 0
        self.assert_rotated(store)

    def repeated(self) -> Iterator[None]:
        """A job that repeats the run changes nothing."""
        store = self.store()
        assert self.run_script(store).returncode == 0
        before = store.stored
        yield
        done = self.run_script(store)
        assert done.returncode == 0, done.stderr
        assert "nothing to do" in done.stdout, done.stdout
        assert store.stored == before
        self.assert_rotated(store)

    def canceled(self) -> Iterator[None]:
        """A canceled secret is dropped, and the key is rotated anew."""
        store = self.store()
        self.run_script(store, self.call(FIRST_USE), "before")
        assert len(store.stored) == 2
        self.service.admin(f"/{store.key['keyId']}/cancel-rotation")
        yield
        done = self.run_script(store)
        assert done.returncode == 0, done.stderr
        self.assert_rotated(store)

    def made_by_an_administrator(self) -> Iterator[None]:
        """A key never replaces an unused secret that an administrator made."""
        store = self.store()
        made = self.service.admin(f"/{store.key['keyId']}/rotate")["key"]
        yield
        done = self.run_script(store)
        assert done.returncode == 1
        assert "an administrator's new secret" in done.stderr, done.stderr
        assert self.service.seen(made), "it still waits for its first use"

    def test_errors_say_what_to_do(self) -> None:
        store = self.store(lifetime_days=None)
        done = self.run_script(store)
        assert done.returncode == 1
        assert "a key that may rotate itself" in done.stderr, done.stderr
        self.service.own(store.key["key"], "/revoke", {})
        done = self.run_script(store)
        assert "Ask a Company Administrator" in done.stderr, done.stderr


class WithTheStandIn(Script):
    """With a clock that the tests move."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.service = Fake()
        cls.addClassCleanup(cls.service.stop)  # type: ignore[attr-defined]

    def test_the_next_run_repairs_or_says_what_to_do(self) -> None:
        for case in self.waiting_cases():
            for _ in case:
                self.service.wait(61)

    def test_a_run_after_the_overlap_finishes_what_an_earlier_one_began(self) -> None:
        store = self.store()
        assert self.run_script(store, self.call(FIRST_USE), "after").returncode == STOPPED
        self.service.wait(86401)
        assert not self.service.seen(store.current)
        assert self.run_script(store).returncode == 0
        self.assert_rotated(store)

    def test_the_key_rotates_month_after_month(self) -> None:
        store = self.store()
        for _ in range(3):
            before = store.current
            assert self.run_script(store).returncode == 0
            assert store.current != before
            self.service.wait(30 * 86400)
        self.assert_rotated(store)


class WithTheService(Script):
    """With the real clock, so without a second rotation of one key."""

    @classmethod
    def setUpClass(cls) -> None:
        service = real()
        if service is None:
            raise unittest.SkipTest("cargo xtask secret-managers starts the service")
        cls.service = service


class FileWithTheStandIn(WithTheStandIn, unittest.TestCase):
    """A file, and what only a file needs."""

    def test_a_second_run_at_the_same_time_does_nothing(self) -> None:
        store = self.store()
        folder = os.open(store.path.parent, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        done = self.run_script(store)
        os.close(folder)
        assert done.returncode == 1
        assert "another run is at work" in done.stderr
        assert store.stored == [store.key["key"]]

    def test_a_file_that_others_can_read_is_refused(self) -> None:
        store = self.store()
        store.path.chmod(0o644)
        done = self.run_script(store)
        assert done.returncode == 1
        assert "chmod 600" in done.stderr
        store.path.chmod(0o600)

    def test_a_link_stays_a_link(self) -> None:
        store = self.store()
        with tempfile.TemporaryDirectory() as folder:
            link = Path(folder) / "link"
            link.symlink_to(store.path)
            store.arguments = ["--file", str(link)]
            assert self.run_script(store).returncode == 0
            assert link.is_symlink()
        self.assert_rotated(store)

    def test_a_file_without_a_key_is_refused_without_showing_it(self) -> None:
        store = self.store()
        store.path.write_text("not a key\nat all\n")
        done = self.run_script(store)
        assert done.returncode == 1
        assert "not an API key" in done.stderr
        store.path.write_text(store.key["key"])


class VaultWithTheStandIn(WithTheStandIn, unittest.TestCase):
    """Vault, and what only Vault needs."""

    kind = VaultStore

    def test_a_change_at_the_same_time_is_kept(self) -> None:
        store = self.store()
        answer = store.vault.answer
        seen: list[Any] = []

        def change_first(token: Any, path: str, body: Any) -> Any:
            if body is not None and not seen:
                seen.append(body)
                store.versions.append({**store.versions[-1], "team": "security"})
            return answer(token, path, body)

        store.vault.answer = change_first
        done = self.run_script(store)
        assert done.returncode == 1
        assert "at the same time" in done.stderr, done.stderr
        assert store.stored == [store.key["key"]]
        self.service.wait(61)
        assert self.run_script(store).returncode == 0
        assert store.versions[-1]["team"] == "security"
        self.assert_rotated(store)

    def test_a_refused_token_changes_nothing(self) -> None:
        store = self.store()
        store.environment["VAULT_TOKEN"] = "hvs.other"
        done = self.run_script(store)
        assert done.returncode == 1
        assert "policy" in done.stderr, done.stderr


class FileWithTheService(WithTheService, unittest.TestCase):
    """A file and the real service."""


class VaultWithTheService(WithTheService, unittest.TestCase):
    """A stand-in for Vault and the real service."""

    kind = VaultStore


if __name__ == "__main__":
    unittest.main()
