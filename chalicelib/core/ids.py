"""Identifiers. They are names, never secrets; secrets come from `secrets` with 256 bits."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_RANDOM_BITS = 80
_REGISTRATION_DIGITS = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(prefix: str, moment: datetime) -> str:
    """Return `prefix_` and a ULID of `moment`: 26 characters that sort by time."""
    return f"{prefix}_{_ulid(moment, secrets.randbits(_ULID_RANDOM_BITS))}"


def derived_id(prefix: str, moment: datetime, *parts: str) -> str:
    """Return an id that is the same for the same `moment` and `parts`: repeats of an effect share it."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    random_bits = int.from_bytes(digest[: _ULID_RANDOM_BITS // 8])
    return f"{prefix}_{_ulid(moment, random_bits)}"


def new_token() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the name under which a token is stored: SHA-256, lower-case hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_registration_number(year: int) -> str:
    """Return year, eight random digits and a check digit: `2026-11840273-7`."""
    serial = f"{secrets.randbelow(10**_REGISTRATION_DIGITS):0{_REGISTRATION_DIGITS}d}"
    return f"{year}-{serial}-{_luhn_digit(f'{year}{serial}')}"


def _ulid(moment: datetime, random_bits: int) -> str:
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    value = (milliseconds << _ULID_RANDOM_BITS) | random_bits
    characters = []
    for _ in range(26):
        characters.append(_CROCKFORD[value & 31])
        value >>= 5
    return "".join(reversed(characters))


def _luhn_digit(digits: str) -> int:
    """Return the digit that makes `digits` + it pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, character in enumerate(reversed(digits)):
        doubled = int(character) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - a digit sum
    return -total % 10
