"""Passwords: what is accepted, and how they are kept (NIST SP 800-63B-4; argon2id, OWASP's first choice)."""

import base64
import secrets
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.core.errors import FieldError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_LENGTH = 15
MAX_LENGTH = 128
_LEAST_DISTINCT = 6
_LEAST_PERSONAL = 4
_ONE_TIME_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ONE_TIME_LENGTH = 16
_BLOCKLIST = Path(__file__).parent / "blocklist.txt"


def password_errors(password: str, personal: Sequence[str], pointer: str) -> list[FieldError]:
    """Return what is wrong with a chosen password; `personal` holds words that it must not contain."""
    folded = _normalised(password).casefold()
    if len(folded) < MIN_LENGTH:
        return [FieldError(pointer, "too-short", {"min": MIN_LENGTH})]
    if len(folded) > MAX_LENGTH:
        return [FieldError(pointer, "too-long", {"max": MAX_LENGTH})]
    if any(word.casefold() in folded for word in personal if len(word) >= _LEAST_PERSONAL):
        return [FieldError(pointer, "contains-personal")]
    if _is_common(folded):
        return [FieldError(pointer, "too-common")]
    return []


def new_one_time_password() -> str:
    """Return 80 random bits as 16 characters in groups of four: `k3m9-…`."""
    characters = [secrets.choice(_ONE_TIME_ALPHABET) for _ in range(_ONE_TIME_LENGTH)]
    return "-".join("".join(characters[start : start + 4]) for start in range(0, _ONE_TIME_LENGTH, 4))


def typed_one_time_password(typed: str) -> str:
    """Return a one-time password as it was issued, however it was typed: spaces, hyphens, capitals, o and l."""
    bare = "".join(typed.split()).replace("-", "").lower().translate(str.maketrans("oil", "011"))
    return "-".join(bare[start : start + 4] for start in range(0, len(bare), 4))


def hashed(password: str) -> str:
    """Return the argon2id hash of a password, its parameters in it."""
    return _hasher().hash(_normalised(password))


def matches(stored: str | None, password: str) -> bool:
    """Tell whether `password` is the one hashed as `stored`; None costs the same work and is never right."""
    from argon2.exceptions import VerificationError

    try:
        right = _hasher().verify(stored or _nobodys_hash(), _normalised(password))
    except VerificationError:
        return False
    return right and stored is not None


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher, Type

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


@cache
def _nobodys_hash() -> str:
    """Return a hash that no password has, made without work: only its verification costs, like any other's."""
    hasher = _hasher()
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19${costs}${salt}${digest}"


def _normalised(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _is_common(folded: str) -> bool:
    """Tell whether a password is in the list, is one short piece repeated, or runs along the code points."""
    if len(set(folded)) < _LEAST_DISTINCT or folded in _blocklist():
        return True
    repeated = any(folded == (folded[:size] * len(folded))[: len(folded)] for size in range(1, 9))
    steps = {ord(after) - ord(before) for before, after in pairwise(folded)}
    return repeated or len(steps) == 1


@cache
def _blocklist() -> frozenset[str]:
    return frozenset(_BLOCKLIST.read_text(encoding="utf-8").split())
