"""Says which texts that look like an API key are well-formed: a regular expression can't compute their checksum.

It reads standard input, for example the report of a scanner, and prints a line for each different text: its first and
last four characters, and the SHA-256 digest of a well-formed key. An administrator can look the digest up, as
docs/leaks.md says. It never prints a key, and it asks nobody.

    python3 check_keys.py < report.json
"""

from __future__ import annotations

import hashlib
import re
import sys
import zlib

LOOKS_LIKE_A_KEY = re.compile(rb"[0-9A-Za-z]{22}_cak1_[0-9A-Za-z]{28}")
BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM_LENGTH = 6


def checksum(text: bytes) -> bytes:
    """CRC-32 (IEEE) as six digits of base 62, the highest first."""
    rest = zlib.crc32(text)
    digits = bytearray()
    for _ in range(CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(BASE62))
        digits.insert(0, BASE62[digit])
    return bytes(digits)


def is_well_formed(text: bytes) -> bool:
    """Whether the text ends with the checksum of what precedes it."""
    return text[-CHECKSUM_LENGTH:] == checksum(text[:-CHECKSUM_LENGTH])


def main() -> None:
    """Checks standard input."""
    sys.stdout.reconfigure(encoding="utf-8")
    for text in dict.fromkeys(LOOKS_LIKE_A_KEY.findall(sys.stdin.buffer.read())):
        mask = f"{text[:4].decode()}…{text[-4:].decode()}"
        result = hashlib.sha256(text).hexdigest() if is_well_formed(text) else "wrong checksum, so it is no API key"
        print(f"{mask}  {result}")


if __name__ == "__main__":
    main()
