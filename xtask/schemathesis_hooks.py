"""The parts of the setup that xtask/schemathesis.toml can't express: which refusals of requests that the schemas allow are
right, sending keys in both forms, and checking that a revoked key is refused."""

import atexit
import os
import re
from itertools import count
from urllib.parse import urlsplit

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

# Rules that a schema can't say: field, and how its problem's detail begins. Any other 400 to what the schemas allow is a
# finding.
UNSAYABLE = [
    # A page token is one that we gave.
    (r"nextToken", "must be the unchanged nextToken of an earlier response"),
    # How far a date is from the present.
    (r"expiresAt", "must be in the future"),
    (r"expiresAt", "must be at most 366 days ahead"),
    # Entries differ without regard to case; `uniqueItems` compares exactly.
    (r"accounts\[\d+\]", "must not be in the list twice"),
]
# The same for SCIM, whose problems have a type. Parentheses nest: filters and paths have a grammar that no pattern can say,
# and what is right as a value depends on the path. 1.0 is an integer to JSON Schema, and none to RFC 7643 section 2.3.4.
UNSAYABLE_IN_SCIM = {
    "listUsers": [("invalidFilter", "")],
    "searchUsers": [("invalidFilter", ""), ("invalidValue", "startIndex must be"), ("invalidValue", "count must be")],
    "patchUser": [("invalidPath", ""), ("invalidValue", ""), ("mutability", ""), ("noTarget", "")],
}

API_KEY = os.environ["API_KEY"]
# The keys that were created, by their IDs.
keys = {}
used, refused = set(), set()
turn = count()


def operation_id(case):
    return case.operation.definition.raw["operationId"]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if isinstance(failure, AcceptedNegativeData):
        return not is_padded(case)
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        return not is_unsayable(case, response.json())
    return True


def is_padded(case):
    """Whether a key's name is too long only because of the spaces around it, which are removed."""
    name = case.body.get("name") if operation_id(case) == "createApiKey" and isinstance(case.body, dict) else None
    return isinstance(name, str) and len(name.strip()) <= 100 < len(name)


def is_unsayable(case, problem):
    """Whether a request was refused only by rules that a schema can't express."""
    if "scimType" in problem:
        return any(
            problem["scimType"] == kind and problem["detail"].startswith(detail)
            for kind, detail in UNSAYABLE_IN_SCIM.get(operation_id(case), [])
        )
    errors = problem.get("errors", [])
    unsayable = [
        any(re.fullmatch(field, error["field"]) and error["detail"].startswith(detail) for field, detail in UNSAYABLE)
        for error in errors
    ]
    return bool(unsayable) and all(unsayable)


@schemathesis.hook
def before_call(context, case, kwargs):
    # schemathesis can only send `Bearer`. Here, every second request with the key gets `apikey`.
    if case.headers.get("Authorization") == f"Bearer {API_KEY}" and next(turn) % 2:
        case.headers["Authorization"] = f"apikey {API_KEY}"
    # A link can't pass on the first and last characters of a key.
    key = keys.get((case.path_parameters or {}).get("keyId"))
    if key and operation_id(case) == "revokeApiKey" and case.meta and case.meta.generation.mode.is_positive:
        case.body = {"firstFour": key[:4], "lastFour": key[-4:]}


@schemathesis.check
def revoked_key_is_refused(ctx, response, case):
    """A new key is accepted, whatever its scopes. A revoked key is refused."""
    operation = operation_id(case)
    if (operation, response.status_code) not in [("createApiKey", 201), ("revokeApiKey", 200)]:
        return
    key_id = response.json()["keyId"]
    if operation == "createApiKey":
        keys[key_id] = response.json()["key"]
        expected, done = {200, 403}, used
    else:
        expected, done = {401}, refused
    # The demonstration's own keys may be revoked too.
    if key_id not in keys:
        return
    url = urlsplit(response.request.url)
    for scheme in ["apikey", "Bearer"]:
        answer = requests.get(
            f"{url.scheme}://{url.netloc}/enterprise/v1/scim/Users?count=1",
            headers={"Authorization": f"{scheme} {keys[key_id]}"},
            timeout=30,
        )
        assert answer.status_code in expected, f"{operation}: the key then gets {answer.status_code}"
    done.add(key_id)


@atexit.register
def tell():
    if keys:
        print(f"Keys created and used: {len(used)}. Of these, revoked and then refused: {len(refused)}")
