"""One effect for one `Idempotency-Key`: the key, the digest of the body and the answer are kept with the effect.

The record is written in the transaction of the effect, so between the two nothing can stop. It never
holds a secret, and lives 30 days.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.crypto import data_key
from chalicelib.core.errors import IdempotencyKeyReused
from chalicelib.core.tables import Table, Together, find, table_name

KEPT = timedelta(days=30)
LABEL = "idempotency"


class IdempotencyTable(Table):
    """What was answered to a caller's key. `owner` keeps one caller's keys apart from another's."""

    thing = "idempotency"

    class Meta:
        """Where it lies."""

        table_name = table_name("idempotency")

    owner = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True)
    body_digest = UnicodeAttribute()
    answer = UnicodeAttribute()
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


def remember(  # noqa: PLR0913, PLR0917 - whose key, for what, with which answer
    together: Together, owner: str, key: str, operation: str, body: Mapping[str, Any], answer: Mapping[str, Any]
) -> None:
    """Add the record to the writes of the effect; a key that was used is refused (LABEL)."""
    moment = clock.now()
    item = IdempotencyTable(
        owner=owner,
        key=key,
        body_digest=_digest(owner, operation, body),
        answer=json.dumps(answer, ensure_ascii=False),
        expires_at=clock.epoch(moment + KEPT),
    )
    free = IdempotencyTable.owner.does_not_exist() | (IdempotencyTable.expires_at <= clock.epoch(moment))
    together.replace(LABEL, item, free)


def replay(owner: str, key: str, operation: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what was answered before, None for a new key. Raises IdempotencyKeyReused for another body."""
    item = find(IdempotencyTable, owner, key)
    if item is None or clock.has_passed(item.expires_at):
        return None
    if item.body_digest != _digest(owner, operation, body):
        raise IdempotencyKeyReused
    answer: dict[str, Any] = json.loads(item.answer)
    return answer


def _digest(owner: str, operation: str, body: Mapping[str, Any]) -> str:
    """Return a digest under the caller's own key: a plain one could be tried with guessed bodies."""
    text = json.dumps([operation, body], ensure_ascii=False, sort_keys=True)
    return hmac.new(data_key(owner), text.encode(), hashlib.sha256).hexdigest()
