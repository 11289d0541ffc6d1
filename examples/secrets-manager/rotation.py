"""Rotates a Company API key in AWS Secrets Manager. docs/secret-managers.md explains how to install it.

Secrets Manager calls `lambda_handler` four times for each rotation. A step may fail at any point: Secrets Manager then
begins again with the first step, so each step can be repeated. The order is what makes this safe. The new secret is
stored first (createSecret). Its first use comes after that (testSecret), and only the first use ends the old secret.

The value of the secret is JSON: {"apiKey": "…", "baseUrl": "https://API-ADDRESS"}. The address is stored with the key
because every reader needs both, and so that one function can rotate keys of several services. The function adds
"keyId" and keeps all other members.
"""

import http.client
import json
import logging
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import boto3

# The client: the same in both examples. A test compares the copies.
ADVICE = {
    "unauthenticated": "the key is revoked, expired or replaced, or the company is not on the Enterprise plan. "
    "Ask a Company Administrator, and store another key if this one has ended",
    "self-rotation-not-allowed": "ask a Company Administrator for a key that may rotate itself",
    "rotation-in-progress": "an old secret still works, or nobody has used an administrator's new secret yet. "
    "Wait until it ends, or ask a Company Administrator to complete the rotation",
    "rate-limited": "the key was rotated less than a minute ago, or it has used up its requests. Try again in a minute",
    "no-answer": "the service can't be reached, or its response was lost. Try again",
}


class ApiError(Exception):
    """The service refused a request or didn't answer. The text contains no secret."""

    def __init__(self, status: int, code: str, retry_after: int | None = None) -> None:
        """Keeps the HTTP status (0 if there was no response) and the problem's type."""
        super().__init__(f"{status} {code}: {ADVICE.get(code, 'docs/errors.md explains this error')}")
        self.status, self.code, self.retry_after = status, code, retry_after


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, because urllib would send the key to the other address."""

    def redirect_request(self, *_: Any) -> None:
        """Turns every redirect into an error."""


def mask(key: str) -> str:
    """The first and last four characters of a key, as the service shows them."""
    return f"{key[:4]}…{key[-4:]}"


def call(base_url: str, key: str, action: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Sends one request about the key itself: GET without a body, POST with one."""
    address = urllib.parse.urlsplit(base_url)
    if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost"):
        raise ValueError("the address of the service must begin with https://")
    if not re.fullmatch("[0-9A-Za-z_]{56}", key):  # Python's own error for such a header would show the key.
        raise ValueError("the stored value is not an API key")
    request = urllib.request.Request(
        f"{base_url.rstrip('/')}/enterprise/v1/api-key{action}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"apikey {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=15) as response:
            return dict(json.load(response))
    except urllib.error.HTTPError as error:
        try:
            code = str(json.load(error)["type"]).rsplit(":", 1)[-1]
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
            code = "unknown"
        retry_after = error.headers.get("Retry-After", "")
        raise ApiError(error.code, code, int(retry_after) if retry_after.isdecimal() else None) from None
    except (OSError, http.client.HTTPException, ValueError):
        raise ApiError(0, "no-answer") from None


def call_again(wait: float, *request: Any) -> dict[str, Any]:
    """Does the same as `call`. If the service asks for it, waits up to this number of seconds and sends it again."""
    deadline = time.monotonic() + wait
    while True:
        try:
            return call(*request)
        except ApiError as error:
            if error.retry_after is None or time.monotonic() + error.retry_after > deadline:
                raise
            time.sleep(error.retry_after)


# The end of the client.

LOG = logging.getLogger(__name__)
LOG.setLevel(logging.INFO)


class RotationError(Exception):
    """The rotation can't go on. The text says what to do."""


def lambda_handler(event: dict[str, str], context: Any) -> None:
    """Does one step of a rotation."""
    rotation = Rotation(boto3.client("secretsmanager"), event["SecretId"], event["ClientRequestToken"], context)
    steps = {
        "createSecret": rotation.create_secret,
        "setSecret": rotation.set_secret,
        "testSecret": rotation.test_secret,
        "finishSecret": rotation.finish_secret,
    }
    step = steps[event["Step"]]
    stages = rotation.stages.get(rotation.token, [])
    if "AWSCURRENT" in stages:
        return  # An earlier try finished this rotation, and its response was lost.
    if "AWSPENDING" not in stages:
        raise RotationError("this version is not AWSPENDING. Begin again with `aws secretsmanager rotate-secret`")
    step()


class Rotation:
    """One rotation of one secret."""

    def __init__(self, secrets: Any, secret_id: str, token: str, context: Any) -> None:
        """Reads which version is current. Leaves Lambda 20 s for everything except waiting."""
        self.secrets, self.secret_id, self.token = secrets, secret_id, token
        self.wait = context.get_remaining_time_in_millis() / 1000 - 20
        self.stages: dict[str, list[str]] = secrets.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
        current = [version for version, stages in self.stages.items() if "AWSCURRENT" in stages]
        if not current:
            raise RotationError("store the first key in this secret, then begin again")
        self.current_version = current[0]

    def value(self, version: str) -> dict[str, Any] | None:
        """The value of a version; none if nothing was stored in it yet."""
        try:
            stored = self.secrets.get_secret_value(SecretId=self.secret_id, VersionId=version)
        except self.secrets.exceptions.ResourceNotFoundException:
            return None
        return dict(json.loads(stored["SecretString"]))

    def stored(self, version: str) -> dict[str, Any]:
        """The value of a version that must have one."""
        value = self.value(version)
        if value is None or "apiKey" not in value or "baseUrl" not in value:
            raise RotationError('the secret must be JSON: {"apiKey": "…", "baseUrl": "https://…"}')
        return value

    def ask(self, value: dict[str, Any], action: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Sends a request with the key in this value."""
        return call_again(self.wait, value["baseUrl"], value["apiKey"], action, body)

    def create_secret(self) -> None:
        """Makes a new secret and stores it as AWSPENDING, before anybody uses it."""
        if self.value(self.token) is not None:
            return  # An earlier try stored it. setSecret looks whether it can still be used.
        current = self.stored(self.current_version)
        try:
            # If an earlier try made a secret and didn't store it, nobody has used that one, so this replaces it.
            overlap = int(os.environ.get("OVERLAP_SECONDS", "86400"))
            made = self.ask(current, "/rotate", {"overlapSeconds": overlap})
            value = {**current, "apiKey": made["key"], "keyId": made["keyId"]}
            LOG.info("made the secret %s of the key %s", made["newSecret"]["mask"], made["keyId"])
        except ApiError as error:
            unfinished = self.unfinished() if error.code in ("rotation-in-progress", "unauthenticated") else None
            if unfinished is None:
                raise
            value = unfinished
        self.secrets.put_secret_value(
            SecretId=self.secret_id,
            ClientRequestToken=self.token,
            SecretString=json.dumps(value),
            VersionStages=["AWSPENDING"],
        )

    def unfinished(self) -> dict[str, Any] | None:
        """The new secret of an earlier rotation that was used, but never became AWSCURRENT.

        It is in the newest version that was stored after AWSCURRENT. The label AWSPENDING may be gone from it.
        """
        versions: list[dict[str, Any]] = []
        page: dict[str, Any] = {"NextToken": None}
        while "NextToken" in page and page["NextToken"] != "":
            more = {"NextToken": page["NextToken"]} if page["NextToken"] else {}
            page = self.secrets.list_secret_version_ids(SecretId=self.secret_id, IncludeDeprecated=True, **more)
            versions += page["Versions"]
        created = {version["VersionId"]: version["CreatedDate"] for version in versions}
        for version in sorted(created, key=lambda version: created[version], reverse=True):
            is_later = created[version] >= created[self.current_version]
            is_known = version in (self.token, self.current_version) or "AWSPREVIOUS" in self.stages.get(version, [])
            value = self.value(version) if is_later and not is_known else None
            if value is not None:
                LOG.info("trying to finish an earlier rotation, with the secret of the version %s", version)
                return value if self.works(value) else None
        return None

    def set_secret(self) -> None:
        """Looks whether the service still knows the pending secret, without using it.

        There is nothing to set: the service has the new secret since createSecret.
        """
        pending, current = self.stored(self.token), self.stored(self.current_version)
        try:
            seen = self.ask(current)
        except ApiError as error:
            if error.code != "unauthenticated":
                raise
            return  # An earlier try used the new secret, and the old one has ended. testSecret decides.
        is_waiting = seen.get("newSecret", {}).get("mask") == mask(pending["apiKey"])
        is_in_use = seen.get("oldSecret", {}).get("mask") == mask(current["apiKey"])
        if seen["keyId"] != pending.get("keyId") or not (is_waiting or is_in_use):
            self.give_up("the pending secret was replaced or canceled, or AWSCURRENT has another key")

    def test_secret(self) -> None:
        """Uses the new secret for the first time. From now on the old one has an end."""
        pending = self.stored(self.token)
        try:
            seen = self.ask(pending)
        except ApiError as error:
            if error.code == "unauthenticated" and self.works(self.stored(self.current_version)):
                self.give_up("the pending secret doesn't work, and AWSCURRENT does")
            raise
        # Secrets Manager also calls this step alone, with a copy of the first value, to try a new schedule.
        if seen["keyId"] != pending.get("keyId", seen["keyId"]):
            self.give_up("the pending secret belongs to another key")

    def finish_secret(self) -> None:
        """Moves AWSCURRENT to the new version. Readers get the new secret from now on."""
        self.secrets.update_secret_version_stage(
            SecretId=self.secret_id,
            VersionStage="AWSCURRENT",
            MoveToVersionId=self.token,
            RemoveFromVersionId=self.current_version,
        )
        LOG.info("the version %s is AWSCURRENT", self.token)

    def works(self, value: dict[str, Any]) -> bool:
        """Whether the service accepts this secret."""
        try:
            self.ask(value)
        except ApiError as error:
            if error.code != "unauthenticated":
                raise
            return False
        return True

    def give_up(self, reason: str) -> None:
        """Takes AWSPENDING away from a version that can't become current. It would stop every later rotation."""
        self.secrets.update_secret_version_stage(
            SecretId=self.secret_id, VersionStage="AWSPENDING", RemoveFromVersionId=self.token
        )
        raise RotationError(f"{reason}. Begin again with `aws secretsmanager rotate-secret`")
