"""Applies a custom pattern to files with Hyperscan, the library of GitHub's secret scanning.

Reads a JSON object with the fields of the pattern and the paths of files. Prints a JSON array: what is found in each.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import hyperscan


def database(expressions: list[str], flags: int) -> hyperscan.Database:
    """Compiles expressions. Hyperscan refuses what it doesn't support."""
    made = hyperscan.Database()
    count = len(expressions)
    made.compile([text.encode() for text in expressions], ids=list(range(count)), elements=count, flags=[flags] * count)
    return made


def matches(made: hyperscan.Database, text: bytes) -> list[tuple[int, int, int]]:
    """Every match: the number of its expression, its beginning and its end."""
    found = []
    made.scan(text, match_event_handler=lambda number, start, end, *_: found.append((number, start, end)))
    return found


def main() -> None:
    """Reads the request, scans the files and prints what is found."""
    request = json.load(sys.stdin)
    whole = "(?:{before})(?:{format})(?:{after})".format(**request)
    pattern = database([whole], hyperscan.HS_FLAG_SOM_LEFTMOST)
    must, must_not = request["mustMatch"], request["mustNotMatch"]
    conditions = database(must + must_not, hyperscan.HS_FLAG_SINGLEMATCH)
    secret = re.compile(request["format"].encode())
    required = set(range(len(must)))
    found = []
    for path in request["files"]:
        text = Path(path).read_bytes()
        secrets = [secret.search(text, start, end).group() for _, start, end in sorted(set(matches(pattern, text)))]
        secrets = [text for text in secrets if {number for number, *_ in matches(conditions, text)} == required]
        found.append([text.decode() for text in secrets])
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
