"""Secrets Manager (moto) with the rotation function, and a place to fail before and after every call."""

from __future__ import annotations

import importlib.util
import json
import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import boto3
import botocore.exceptions
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.models import secretsmanager_backends
from service import Service

REGION = "us-east-1"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class Crash(BaseException):
    """The function's end at this point. No code of the function can catch it."""


class NeedsAWait(Exception):
    """The function waits, and this service's clock can't be moved."""


def load() -> ModuleType:
    """Loads the function anew."""
    path = Path(__file__).parents[1] / "secrets-manager/rotation.py"
    spec = importlib.util.spec_from_file_location("rotation", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Client:
    """A real boto3 client. Each call is a point at which a test can look or fail."""

    def __init__(self, client: Any, at: Callable[[str, str], None]) -> None:
        self.client, self.at, self.exceptions = client, at, client.exceptions

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.at("before", name)
            try:
                answer = getattr(self.client, name)(**arguments)
            finally:
                self.at("after", name)
            if name == "list_secret_version_ids":
                # Moto lists every version with the present time. AWS lists when each was made.
                for place, version in enumerate(answer["Versions"]):
                    version["CreatedDate"] = place
            return answer

        return call


class Store:
    """One secret in Secrets Manager, and the function that rotates it."""

    def __init__(self, service: Service, key: dict[str, Any]) -> None:
        self.service, self.rotation, self.key = service, load(), key
        self.issued = [key["key"]]
        self.aws = mock_aws()
        self.aws.start()
        self.client = boto3.client("secretsmanager", region_name=REGION)
        self.name = f"company-api-key-{key['keyId']}"
        value = json.dumps({"apiKey": key["key"], "baseUrl": service.url, "team": "it"})
        self.client.create_secret(Name=self.name, SecretString=value)
        self.calls: list[str] = []
        self.fault: tuple[int, str, type[BaseException]] | None = None
        self.is_checked = True
        self.log: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: self.log.append(handler.format(record))  # type: ignore[method-assign]
        self.handler = handler
        logging.getLogger().addHandler(handler)

    def stop(self) -> None:
        logging.getLogger().removeHandler(self.handler)
        self.aws.stop()

    @property
    def versions(self) -> dict[str, dict[str, Any]]:
        """Moto's own record of the versions."""
        return dict(secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION].secrets[self.name].versions)

    def labels(self, label: str) -> list[str]:
        return [name for name, version in self.versions.items() if label in version["version_stages"]]

    def secret(self, version: str) -> str | None:
        value = self.versions[version].get("secret_string")
        return None if value is None else str(json.loads(value)["apiKey"])

    @property
    def current(self) -> str | None:
        return self.secret(self.labels("AWSCURRENT")[0])

    @property
    def stored(self) -> list[str]:
        secrets = [self.secret(version) for version in self.versions]
        return [secret for secret in secrets if secret]

    def begin(self) -> str:
        """Does what RotateSecret does before it calls the function: adds an empty version that is AWSPENDING."""
        token = str(uuid.uuid4())
        record: Any = secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION].secrets[self.name]
        record.remove_version_stages_from_old_versions(["AWSPENDING"])
        record.versions[token] = {"createdate": 0, "version_id": token, "version_stages": ["AWSPENDING"]}
        return token

    def at(self, when: str, name: str) -> None:
        """A point: looks whether all is safe, and fails if the test wants this."""
        if when == "before":
            self.calls.append(name)
        if self.is_checked:
            self.service.check(self.current, self.stored)
        if self.fault and (len(self.calls) - 1, when) == self.fault[:2]:
            error, self.fault = self.fault[2], None
            if error is Crash:
                raise Crash
            if name in ("GET", "POST"):
                raise self.rotation.ApiError(0, "no-answer")
            raise botocore.exceptions.EndpointConnectionError(endpoint_url="https://secretsmanager.example")

    def sleep(self, seconds: float) -> None:
        assert 1 <= seconds <= 60, seconds
        if not self.service.wait(seconds):
            raise NeedsAWait

    def step(self, step: str, token: str) -> None:
        """Calls the function once."""
        send = self.rotation.call

        def call(*request: Any) -> Any:
            name = "POST" if request[-1] is not None else "GET"
            self.at("before", name)
            try:
                return send(*request)
            finally:
                self.at("after", name)

        context = mock.Mock(get_remaining_time_in_millis=lambda: 120_000)
        with (
            mock.patch.object(self.rotation, "call", call),
            mock.patch.object(self.rotation.time, "sleep", self.sleep),
            mock.patch.object(self.rotation.boto3, "client", lambda _: Client(self.client, self.at)),
        ):
            self.rotation.lambda_handler({"Step": step, "SecretId": self.name, "ClientRequestToken": token}, context)

    def run(self, token: str) -> None:
        """Calls the function for each step, as Secrets Manager does."""
        for step in STEPS:
            self.step(step, token)
