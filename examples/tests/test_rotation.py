"""The rotation function of AWS Secrets Manager: its four steps, and a failure before and after each of its calls."""

from __future__ import annotations

import contextlib
import unittest
from collections.abc import Iterator
from typing import Any

import botocore.exceptions
from aws import STEPS, Crash, NeedsAWait, Store
from service import Fake, Service, Unsafe, real

EXPECTED = (Crash, botocore.exceptions.EndpointConnectionError)


class Steps:
    """The tests, for the stand-in and for the real service."""

    service: Service
    failures: tuple[type[BaseException], ...] = (Crash, ConnectionError)

    def store(self, **options: Any) -> Store:
        """A new key, in a new secret."""
        store = Store(self.service, self.service.create(**options))
        self.addCleanup(self.end, store)  # type: ignore[attr-defined]
        return store

    def end(self, store: Store) -> None:
        """Looks for secrets in the log, and revokes the key, so that the company never has too many."""
        log = "\n".join(store.log)
        for secret in {*store.issued, *store.stored}:
            assert secret not in log, "the log contains a secret"
        current = store.current
        if current and self.service.seen(current):
            self.service.own(current, "/revoke", {})
        store.stop()

    def assert_rotated(self, store: Store) -> None:
        """Exactly one secret works after the overlap: the one in AWSCURRENT, which is new."""
        current = store.current
        assert current and current != store.key["key"], "the secret is the same as before"
        self.service.complete(store.key["keyId"])
        working = [secret for secret in {*store.issued, *store.stored} if self.service.seen(secret)]
        assert working == [current], "not exactly the secret in AWSCURRENT works"

    def count_calls(self) -> int:
        """The number of calls of a rotation without a failure."""
        store = self.store()
        store.run(store.begin())
        self.assert_rotated(store)
        calls = len(store.calls)
        self.doCleanups()  # type: ignore[attr-defined]
        return calls

    def test_four_steps_rotate_the_key(self) -> None:
        store = self.store()
        token = store.begin()
        store.step("createSecret", token)
        assert store.current == store.key["key"]
        assert store.secret(token) not in (None, store.key["key"])
        store.step("setSecret", token)
        seen = self.service.seen(store.key["key"])
        assert seen and "newSecret" in seen, "storing and looking is no use of the new secret"
        store.step("testSecret", token)
        seen = self.service.seen(store.key["key"])
        assert seen and "oldSecret" in seen, "the test is the first use"
        store.step("finishSecret", token)
        assert store.labels("AWSCURRENT") == [token]
        assert '"team": "it"' in store.versions[token]["secret_string"]
        calls = len(store.calls)
        for step in STEPS:
            store.step(step, token)  # The response of finishSecret was lost. Nothing is done again.
        assert set(store.calls[calls:]) == {"describe_secret"}
        self.assert_rotated(store)

    def test_a_trial_of_a_new_schedule_rotates_nothing(self) -> None:
        """Secrets Manager calls testSecret alone, with a copy of the value in a version that is AWSPENDING."""
        store = self.store()
        token = store.begin()
        store.versions[token]["secret_string"] = store.versions[store.labels("AWSCURRENT")[0]]["secret_string"]
        store.step("testSecret", token)
        seen = self.service.seen(store.key["key"])
        assert seen
        assert "newSecret" not in seen
        assert store.current == store.key["key"]

    def test_a_failure_at_any_call_is_repaired_by_the_next_try(self) -> None:
        calls = self.count_calls()
        assert calls == 14, calls
        for place in range(calls):
            for when in ("before", "after"):
                for failure in self.failures:
                    with self.subTest(place=place, when=when, failure=failure.__name__):  # type: ignore[attr-defined]
                        self.fail_once(place, when, failure)
                    self.doCleanups()  # type: ignore[attr-defined]

    def fail_once(self, place: int, when: str, failure: type[BaseException]) -> None:
        store = self.store()
        store.fault = (place, when, failure)
        token = store.begin()
        try:
            store.run(token)
        except EXPECTED:
            pass
        except Exception as error:  # The function's own error for a lost response.
            assert "no-answer" in str(error), error
        assert store.fault is None, "the failure was not reached"
        try:
            store.run(token)
        except NeedsAWait:
            # Only a lost secret needs another one within the minute.
            assert "put_secret_value" not in store.calls[:-1] or store.secret(token) is None
            assert store.current == store.key["key"]
            return
        self.assert_rotated(store)

    def test_the_wrong_order_is_noticed(self) -> None:
        """The control: a function that uses the new secret before it stores it."""
        store = self.store()
        ask = store.rotation.Rotation.ask

        def use_at_once(rotation: Any, value: dict[str, Any], action: str = "", body: Any = None) -> dict[str, Any]:
            answer: dict[str, Any] = ask(rotation, value, action, body)
            if action == "/rotate":
                ask(rotation, {**value, "apiKey": answer["key"]})
            return answer

        store.rotation.Rotation.ask = use_at_once
        try:
            store.run(store.begin())
        except Unsafe as unsafe:
            assert "not stored" in str(unsafe)
        else:
            raise AssertionError("the check did not notice it")

    def test_a_secret_that_is_canceled_before_its_test_never_becomes_current(self) -> None:
        store = self.store()
        token = store.begin()
        store.step("createSecret", token)
        store.step("setSecret", token)
        self.service.admin(f"/{store.key['keyId']}/cancel-rotation")
        self.refuses(store, token, "testSecret", "AWSCURRENT does")
        assert store.labels("AWSPENDING") == []

    def test_a_secret_of_another_key_never_becomes_current(self) -> None:
        store = self.store()
        token = store.begin()
        store.step("createSecret", token)
        other = self.service.create()
        store.issued.append(other["key"])
        store.client.put_secret_value(
            SecretId=store.name, SecretString=f'{{"apiKey": "{other["key"]}", "baseUrl": "{self.service.url}"}}'
        )
        self.refuses(store, token, "setSecret", "AWSCURRENT has another key")
        store.run(store.begin())
        self.service.complete(other["keyId"])
        assert self.service.seen(store.current or "")
        self.service.own(store.key["key"], "/revoke", {})

    def test_a_pending_secret_never_takes_the_place_of_another_keys_old_secret(self) -> None:
        store = self.store()
        token = store.begin()
        store.step("createSecret", token)
        other = self.service.create()
        new = self.service.own(other["key"], "/rotate", {})["key"]
        self.service.own(new)
        store.is_checked = False  # This secret will end, and the other key's new one is elsewhere.
        store.client.put_secret_value(
            SecretId=store.name, SecretString=f'{{"apiKey": "{other["key"]}", "baseUrl": "{self.service.url}"}}'
        )
        self.refuses(store, token, "setSecret", "AWSCURRENT has another key")
        self.service.own(store.key["key"], "/revoke", {})

    def test_a_revoked_key_ends_the_rotation_with_advice(self) -> None:
        store = self.store()
        store.is_checked = False
        token = store.begin()
        self.service.own(store.key["key"], "/revoke", {})
        self.refuses(store, token, "createSecret", "Ask a Company Administrator")
        assert store.labels("AWSPENDING") == [token]

    def test_a_key_without_the_permission_is_refused_with_advice(self) -> None:
        store = self.store(lifetime_days=None)
        self.refuses(store, store.begin(), "createSecret", "a key that may rotate itself")

    def waiting_cases(self) -> list[Iterator[None]]:
        """What takes two rotations of a key. Each case stops where a minute must pass."""
        return [
            self.lost_on_the_way(3, "after"),
            self.lost_on_the_way(4, "before"),
            self.used_but_never_current(),
            self.before_the_end_of_the_overlap(),
            self.canceled(),
            self.made_by_an_administrator(),
        ]

    def lost_on_the_way(self, place: int, when: str) -> Iterator[None]:
        """The next try makes another secret: the response of the service or the value to store was lost."""
        store = self.store()
        store.fault = (place, when, Crash)
        token = store.begin()
        with contextlib.suppress(Crash):
            store.run(token)
        assert store.fault is None
        assert store.secret(token) is None
        assert store.current == store.key["key"]
        yield
        store.run(token)
        self.assert_rotated(store)

    def used_but_never_current(self) -> Iterator[None]:
        """The next rotation finishes this one."""
        store = self.store()
        first = store.begin()
        for step in STEPS[:3]:
            store.step(step, first)
        second = store.begin()
        yield
        store.run(second)
        assert store.labels("AWSCURRENT") == [second]
        assert store.secret(second) == store.secret(first)
        self.assert_rotated(store)

    def before_the_end_of_the_overlap(self) -> Iterator[None]:
        """The next rotation is refused with advice."""
        store = self.store()
        store.run(store.begin())
        yield
        self.refuses(store, store.begin(), "createSecret", "Wait until it ends")
        self.assert_rotated(store)

    def canceled(self) -> Iterator[None]:
        """A canceled secret never becomes current, and stops no later rotation."""
        store = self.store()
        token = store.begin()
        store.step("createSecret", token)
        self.service.admin(f"/{store.key['keyId']}/cancel-rotation")
        self.refuses(store, token, "setSecret", "replaced or canceled")
        assert store.labels("AWSPENDING") == [], "this label would stop every later rotation"
        assert store.current == store.key["key"]
        yield
        store.run(store.begin())
        self.assert_rotated(store)

    def made_by_an_administrator(self) -> Iterator[None]:
        """A key never replaces an unused secret that an administrator made."""
        store = self.store()
        made = self.service.admin(f"/{store.key['keyId']}/rotate")["key"]
        store.issued.append(made)
        yield
        self.refuses(store, store.begin(), "createSecret", "an administrator's new secret")
        assert self.service.seen(made), "it still waits for its first use"

    def refuses(self, store: Store, token: str, step: str, advice: str) -> None:
        """The step fails with this advice, and without a secret in the error."""
        try:
            store.step(step, token)
        except Exception as error:
            assert advice in str(error), error
            for secret in {*store.issued, *store.stored}:
                assert secret not in str(error), "the error contains a secret"
        else:
            raise AssertionError(f"{step} succeeded")


class AgainstTheStandIn(Steps, unittest.TestCase):
    """With a clock that the tests move."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.service = Fake()
        cls.addClassCleanup(cls.service.stop)

    def test_the_next_rotation_repairs_or_says_what_to_do(self) -> None:
        for case in self.waiting_cases():
            for _ in case:
                self.service.wait(61)

    def test_a_rotation_that_stopped_before_its_last_step_is_finished_after_the_overlap(self) -> None:
        store = self.store()
        token = store.begin()
        for step in STEPS[:3]:
            store.step(step, token)
        store.is_checked = False  # The old secret has ended, and readers get it. Monitoring must notice this earlier.
        self.service.wait(86401)
        store.run(token)
        self.assert_rotated(store)

    def test_the_next_rotation_finds_the_secret_in_use_also_after_the_overlap(self) -> None:
        store = self.store()
        for step, token in zip(STEPS[:3], [store.begin()] * 3, strict=True):
            store.step(step, token)
        store.is_checked = False
        self.service.wait(86401)
        store.run(store.begin())
        self.assert_rotated(store)

    def test_a_key_rotates_again_after_the_overlap(self) -> None:
        store = self.store()
        for _ in range(3):
            before = store.current
            store.run(store.begin())
            assert store.current != before
            self.service.wait(30 * 86400)
        self.assert_rotated(store)

    def test_a_secret_that_nobody_used_for_30_days_is_made_anew(self) -> None:
        store = self.store()
        token = store.begin()
        store.step("createSecret", token)
        self.service.wait(31 * 86400)
        self.refuses(store, token, "setSecret", "replaced or canceled")
        store.run(store.begin())
        self.assert_rotated(store)


@unittest.skipUnless(real(), "cargo xtask secret-managers starts the service")
class AgainstTheService(Steps, unittest.TestCase):
    """With the real clock, so without a second rotation of one key."""

    failures = (ConnectionError,)

    @classmethod
    def setUpClass(cls) -> None:
        service = real()
        assert service
        cls.service = service


if __name__ == "__main__":
    unittest.main()
