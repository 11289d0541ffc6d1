"""The parts of the setup that xtask/schemathesis.toml can't express: which refusals of requests that the schemas allow are
right, sending keys in both forms, keys that revoke or rotate themselves, lifting key policies, and checking that a new secret works
and that a held key, a revoked key, a key that somebody found or an ended secret is refused."""

import atexit
import os
import re
from itertools import count

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

# Rules that a schema can't say: field, and how its problem's detail begins, as patterns. Any other 400 to what the schemas allow is a
# finding.
UNSAYABLE = [
    # A page token is one that we gave.
    (r"nextToken", "must be the unchanged nextToken of an earlier response"),
    # How far a date is from the present.
    (r"expiresAt", "must be in the future"),
    (r"expiresAt", "must be at most 366 days ahead"),
    # How long the secrets of this key may live.
    (r"expiresAt", "must not be null, and at most selfRotation.lifetimeDays days ahead"),
    # Addresses and CIDR blocks have a grammar that no pattern can say.
    (r"networks|ranges", r"range \d+: (must be an IPv4 or IPv6 address|has address bits after the prefix)"),
    # An undo goes on with the ID that we gave.
    (r"undoId", "must be the unchanged undoId of an earlier response"),
    # Which scopes this key has.
    (r"scopes", "contains .*, which the key doesn't have"),
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
API_URL = os.environ["API_URL"]
# The newest secrets of the keys that were created or rotated, by the keys' IDs, and the secrets before them.
keys, before = {}, {}
used, refused, held, found = set(), set(), set(), set()
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
    has_name = operation_id(case) in ["createApiKey", "updateApiKey"] and isinstance(case.body, dict)
    name = case.body.get("name") if has_name else None
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
        any(re.fullmatch(field, error["field"]) and re.match(detail, error["detail"]) for field, detail in UNSAYABLE)
        for error in errors
    ]
    return bool(unsayable) and all(unsayable)


def administer(method, path, body):
    """A request of the administrator."""
    headers = {"Authorization": f"Bearer {os.environ['ACCESS_TOKEN']}"}
    answer = requests.request(method, f"{API_URL}/admin/v1/{path}", json=body, headers=headers, timeout=30)
    answer.raise_for_status()
    return answer.json()


def characters(key):
    return {"firstFour": key[:4], "lastFour": key[-4:]}


def status_of(key, scheme="apikey"):
    """How a request with this key is answered. It is a use of the key."""
    headers = {"Authorization": f"{scheme} {key}"}
    return requests.get(f"{API_URL}/enterprise/v1/scim/Users?count=1", headers=headers, timeout=30).status_code


def with_key(value, key):
    """A JSON value with this key in place of the demonstration's."""
    if isinstance(value, str):
        return value.replace(API_KEY, key)
    if isinstance(value, list):
        return [with_key(entry, key) for entry in value]
    if isinstance(value, dict):
        return {name: with_key(entry, key) for name, entry in value.items()}
    return value


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = operation_id(case)
    if operation == "revokeFoundKeys" and with_key(case.body, "") != case.body:
        # Each of these requests has a key of its own, which it ends.
        key = administer("POST", "api-keys", {"name": "schemathesis", "scopes": ["scim"]})["key"]
        assert status_of(key) == 200, "a new key is refused"
        case.body = with_key(case.body, key)
    if case.headers.get("Authorization") == f"Bearer {API_KEY}":
        key = API_KEY
        if operation in ["revokeOwnApiKey", "rotateOwnApiKey"]:
            # These requests have a key of their own. `own_key_is_revoked` ends it.
            new = {"name": "schemathesis", "scopes": ["scim"], "selfRotation": {"lifetimeDays": 366}}
            key = administer("POST", "api-keys", new)["key"]
        # schemathesis can only send `Bearer`. Here, every second request with the key gets `apikey`.
        case.headers["Authorization"] = f"{'apikey' if next(turn) % 2 else 'Bearer'} {key}"
    # A link can't pass on the first and last characters of a key.
    key = keys.get((case.path_parameters or {}).get("keyId"))
    is_positive = case.meta and case.meta.generation.mode.is_positive
    if key and is_positive and operation in ["revokeApiKey", "completeApiKeyRotation", "cancelApiKeyRotation"]:
        case.body = characters(key)


@schemathesis.check
def own_key_is_revoked(ctx, response, case):
    """A key that revoked itself is refused. One that rotated itself, or was refused, is revoked here."""
    operation = operation_id(case)
    key = response.request.headers.get("Authorization", "").partition(" ")[2]
    if operation not in ["revokeOwnApiKey", "rotateOwnApiKey"] or "_cak1_" not in key or key == API_KEY:
        return
    if operation == "revokeOwnApiKey" and response.status_code == 200:
        assert status_of(key) == 401, "a key that revoked itself is accepted"
        return
    if operation == "rotateOwnApiKey" and response.status_code == 200:
        assert [status_of(response.json()["key"]), status_of(key)] == [200, 200], "both secrets work"
    headers = {"Authorization": f"apikey {key}"}
    requests.post(f"{API_URL}/enterprise/v1/api-key/revoke", headers=headers, timeout=30)
    assert status_of(key) == 401, f"{operation}: the key could not be revoked"


@schemathesis.check
def found_key_is_revoked(ctx, response, case):
    """A key that somebody reported is refused. A report in GitHub's name, which isn't signed, does nothing."""
    operation = operation_id(case)
    if operation == "reportFromGitHub":
        assert response.status_code >= 400, "a report that GitHub didn't sign was accepted"
    if operation != "revokeFoundKeys":
        return
    body = response.request.body or b""
    text = body if isinstance(body, str) else body.decode(errors="replace")
    for key in set(re.findall(r"[0-9A-Za-z]{22}_cak1_[0-9A-Za-z]{28}", text)):
        if response.status_code != 202:
            # It was not reported, so that is done here: a company has at most 50 keys.
            requests.post(f"{API_URL}/leaks/v1/revoke", json={"keys": [key]}, timeout=30).raise_for_status()
        assert status_of(key) == 401, "a key that was reported is accepted"
        found.add(key)


@schemathesis.check
def rotated_key_works(ctx, response, case):
    """A new secret is accepted. After its rotation was completed, the old one is refused."""
    operation = operation_id(case)
    if response.status_code != 200 or operation not in ["rotateApiKey", "completeApiKeyRotation"]:
        return
    key_id = response.json()["keyId"]
    if operation == "rotateApiKey":
        before[key_id], keys[key_id] = keys.get(key_id), response.json()["key"]
        assert status_of(keys[key_id]) in {200, 403}, "a new secret is refused"
    elif before.get(key_id):
        assert status_of(before[key_id]) == 401, "an old secret is accepted after the rotation was completed"


@schemathesis.check
def held_key_is_refused(ctx, response, case):
    """A key that is held is refused."""
    if (operation_id(case), response.status_code) != ("holdApiKey", 200):
        return
    # The demonstration's own keys may be held too.
    if key := keys.get(response.json()["keyId"]):
        assert status_of(key) == 401, "a held key is accepted"
        held.add(key)


@schemathesis.check
def policy_is_lifted(ctx, response, case):
    """A key policy that was set says so, and is lifted again. Otherwise few keys could be created after it, and these could
    suspend few accounts."""
    if (operation_id(case), response.status_code) != ("setKeyPolicy", 200):
        return
    policy = response.json()["policy"]
    if "dryRun=true" not in response.request.url:
        in_force = administer("GET", "key-policy", None)["policy"]
        assert in_force == policy, "the policy is not the one that was set"
    administer("PUT", "key-policy", {"suspensionsPerHour": None})


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
    for scheme in ["apikey", "Bearer"]:
        status = status_of(keys[key_id], scheme)
        assert status in expected, f"{operation}: the key then gets {status}"
    done.add(key_id)


@atexit.register
def tell():
    if found:
        print(f"Keys reported and then refused: {len(found)}")
    if keys:
        print(f"Keys created and used: {len(used)}. Of these, revoked and then refused: {len(refused)}, held: {len(held)}")
