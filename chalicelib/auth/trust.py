"""Whose cards let a citizen in: the list that `python -m infra.trust` publishes, held for a minute at most."""

import json
import time

from chalicelib.auth import trust_repository
from chalicelib.auth.issuer import Issuer, read_issuer

AUTHENTICATION = "authentication"
HELD_SECONDS = 60


def issuers() -> tuple[Issuer, ...]:
    """Return the authorities that count. An empty list is not held: the first one published counts at once."""
    held = _held.get(AUTHENTICATION)
    if held and held[1] > time.monotonic():
        return held[0]
    published = trust_repository.find_trust(AUTHENTICATION)
    found = tuple(read_issuer(entry) for entry in json.loads(published.entries)) if published else ()
    if found:
        _held[AUTHENTICATION] = (found, time.monotonic() + HELD_SECONDS)
    return found


def forget_issuers() -> None:
    """Drop the list held in memory."""
    _held.clear()


_held: dict[str, tuple[tuple[Issuer, ...], float]] = {}
