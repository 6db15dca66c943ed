"""DynamoDB, as every repository sees it: one client for all tables, conditions on every write.

PynamoDB makes one botocore client per model (76-244 ms and 9 MB each), so the base model hands every
table the client of one shared connection.
"""

import base64
import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, TypeVar

from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import DoesNotExist, PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

from chalicelib.core.errors import InvalidCursor, Unavailable
from chalicelib.core.names import resource_name

_CONNECT_SECONDS = 1.0
_READ_SECONDS = 2.0
_RETRIES = 2
_CONFLICT_ATTEMPTS = 4
_MAX_KEY_LENGTH = 200
_CONDITION_FAILED = "ConditionalCheckFailedException"
_TEMPORARY = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "TransactionConflictException",
}
_TEMPORARY_REASONS = {"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"}


_Item = TypeVar("_Item", bound="Table")
_Other = TypeVar("_Other", bound="Table")


class Refused(Exception):
    """A condition did not hold. `labels` name the writes of the transaction that refused."""

    def __init__(self, labels: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(labels)))
        self.labels = labels


def table_name(thing: str) -> str:
    """Return the deployed name of a table; the stage is the process's own."""
    return resource_name(os.environ.get("STAGE", "unset"), thing)


@cache
def shared_connection() -> Connection:
    """Return the one connection of this process."""
    return Connection(
        connect_timeout_seconds=_CONNECT_SECONDS,
        read_timeout_seconds=_READ_SECONDS,
        max_retry_attempts=_RETRIES,
    )


class Table(Model):
    """Base of every model. Subclasses state `thing` and `Meta.table_name`."""

    thing: ClassVar[str]

    @classmethod
    def _get_connection(cls) -> TableConnection:
        connection = super()._get_connection()
        connection.connection._client = shared_connection().client  # noqa: SLF001 - see the module's docstring
        return connection


def find(
    model: type[_Item], hash_key: str, range_key: str | None = None, *, consistent: bool = True
) -> _Item | None:
    """Return one item or None."""
    try:
        return model.get(hash_key, range_key, consistent_read=consistent)
    except DoesNotExist:
        return None
    except PynamoDBException as error:
        raise translated(error) from error


def find_both(
    first: tuple[type[_Item], str, str], second: tuple[type[_Other], str, str]
) -> tuple[_Item | None, _Other | None]:
    """Return two items as they were at one moment, in one call."""
    try:
        with TransactGet(connection=shared_connection()) as reading:
            promises = (reading.get(*first), reading.get(*second))
    except PynamoDBException as error:
        raise translated(error) from error
    return _kept(promises[0]), _kept(promises[1])


def _kept(promise: Any) -> Any:
    try:
        return promise.get()
    except DoesNotExist:
        return None


def create(item: Table) -> None:
    """Write an item that must not exist. Raises Refused."""
    _guarded(item.save, _absent(item))


def replace(item: Table, condition: Condition) -> None:
    """Write an item over the one that `condition` describes. Raises Refused."""
    _guarded(item.save, condition)


def change(item: Table, actions: Sequence[Action], condition: Condition) -> None:
    """Update an item in place where `condition` holds. Raises Refused."""
    try:
        item.update(actions=list(actions), condition=condition)
    except PynamoDBException as error:
        raise translated(error) from error


def remove(item: Table, condition: Condition) -> None:
    """Delete an item where `condition` holds. Raises Refused."""
    _guarded(item.delete, condition)


class Together:
    """Writes that belong together: all happen or none does.

    Each write has a label; `commit` raises Refused with the labels of those whose condition failed.
    """

    def __init__(self) -> None:
        self._checks: list[tuple[str, Table, Condition]] = []
        self._deletes: list[tuple[str, Table, Condition]] = []
        self._puts: list[tuple[str, Table, Condition | None]] = []
        self._updates: list[tuple[str, Table, Sequence[Action], Condition]] = []

    def create(self, label: str, item: Table) -> None:
        """Write an item that must not exist."""
        self._puts.append((label, item, _absent(item)))

    def put(self, label: str, item: Table) -> None:
        """Write an item, whatever was there."""
        self._puts.append((label, item, None))

    def replace(self, label: str, item: Table, condition: Condition) -> None:
        """Write an item over the one that `condition` describes."""
        self._puts.append((label, item, condition))

    def change(self, label: str, item: Table, actions: Sequence[Action], condition: Condition) -> None:
        """Update an item in place where `condition` holds."""
        self._updates.append((label, item, actions, condition))

    def remove(self, label: str, item: Table, condition: Condition) -> None:
        """Delete an item where `condition` holds."""
        self._deletes.append((label, item, condition))

    def check(self, label: str, item: Table, condition: Condition) -> None:
        """Let everything depend on a condition of an item that stays as it is."""
        self._checks.append((label, item, condition))

    def commit(self) -> None:
        """Write everything. Raises Refused, or Unavailable when the table does not answer."""
        for attempt in range(_CONFLICT_ATTEMPTS):
            try:
                self._write()
            except TransactWriteError as error:
                reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
                failed = {label for label, code in zip(self._labels(), reasons, strict=False) if _failed(code)}
                if failed:
                    raise Refused(frozenset(failed)) from error
                if "TransactionConflict" not in reasons or attempt + 1 == _CONFLICT_ATTEMPTS:
                    raise translated(error) from error
            else:
                return

    def _labels(self) -> list[str]:
        """Return the labels in the order in which PynamoDB sends the writes."""
        return [
            *(label for label, _, _ in self._checks),
            *(label for label, _, _ in self._deletes),
            *(label for label, _, _ in self._puts),
            *(label for label, _, _, _ in self._updates),
        ]

    def _write(self) -> None:
        with TransactWrite(connection=shared_connection()) as transaction:
            for _, item, condition in self._checks:
                transaction.condition_check(type(item), *_key_of(item), condition=condition)
            for _, item, condition in self._deletes:
                transaction.delete(item, condition=condition)
            for _, item, condition_or_none in self._puts:
                transaction.save(item, condition=condition_or_none)
            for _, item, actions, condition in self._updates:
                transaction.update(item, actions=list(actions), condition=condition)


def _key_of(item: Table) -> tuple[Any, Any]:
    hash_key, range_key = item._get_hash_range_key_serialized_values()  # noqa: SLF001 - PynamoDB's own key
    return hash_key, range_key


def _absent(item: Table) -> Condition:
    key: Any = type(item)._hash_key_attribute()  # type: ignore[no-untyped-call] # noqa: SLF001 - the model's own key
    condition: Condition = key.does_not_exist()
    return condition


def _failed(code: str | None) -> bool:
    return code in {"ConditionalCheckFailed", _CONDITION_FAILED}


def _guarded(write: Any, condition: Condition) -> None:
    try:
        write(condition=condition)
    except PynamoDBException as error:
        raise translated(error) from error


def translated(error: PynamoDBException) -> Exception:
    """Return our word for an error of DynamoDB; one that is a fault of ours comes back as it is."""
    code = _code(error)
    if code == _CONDITION_FAILED:
        return Refused(frozenset({"item"}))
    if code in _TEMPORARY or code is None:
        return Unavailable()
    reasons = {reason.code for reason in getattr(error, "cancellation_reasons", []) if reason}
    if code == "TransactionCanceledException" and reasons and reasons <= _TEMPORARY_REASONS:
        return Unavailable()
    return error


def _code(error: PynamoDBException) -> str | None:
    """Return the code of DynamoDB's answer, None where none came.

    `cause_response_code` fails on a timeout: botocore's own errors have a `response` that is None.
    """
    answer = getattr(error.cause, "response", None) or {}
    code: str | None = answer.get("Error", {}).get("Code")
    return code


def write_cursor(key: Mapping[str, Any] | None) -> str | None:
    """Return a page token for the key after which the next page starts."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(text: str | None, expected: Mapping[str, str], others: Sequence[str]) -> dict[str, Any] | None:
    """Return the key of a page token: texts under exactly these names, and no other key reaches the table.

    `expected` holds attributes with the value that they must have: nobody pages another's list. Raises
    InvalidCursor.
    """
    if not text:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError) as error:
        raise InvalidCursor from error
    if not isinstance(key, dict) or key.keys() != {*expected, *others}:
        raise InvalidCursor
    if any(key[name] != {"S": value} for name, value in expected.items()):
        raise InvalidCursor
    if any(not isinstance(key[name], dict) or not _is_text(key[name]) for name in others):
        raise InvalidCursor
    return key


def _is_text(value: Mapping[str, Any]) -> bool:
    return value.keys() == {"S"} and isinstance(value["S"], str) and 0 < len(value["S"]) <= _MAX_KEY_LENGTH
