"""One client for every table, conditions on every write, and page tokens that nobody bends."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from pynamodb.exceptions import (
    CancellationReason,
    GetError,
    PynamoDBException,
    TransactWriteError,
    UpdateError,
    VerboseClientError,
)

from chalicelib.core import tables
from chalicelib.core.errors import InvalidCursor, Unavailable
from chalicelib.core.tables import Refused, Together, read_cursor, write_cursor


@pytest.fixture
def throttles(portal: Any) -> Any:
    """A table with a key and numbers, to write into."""
    from chalicelib.auth.repository import ThrottleTable

    return ThrottleTable


def scopes(table: Any) -> dict[str, int]:
    return {item.scope: int(item.attempts) for item in table.scan()}


def test_every_model_and_the_transaction_share_one_client(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import botocore.session

    from chalicelib.core.tables import Table, find, shared_connection

    made: list[str] = []
    create = botocore.session.Session.create_client

    def counted(self: Any, service_name: str, *given: Any, **more: Any) -> Any:
        made.append(service_name)
        return create(self, service_name, *given, **more)

    monkeypatch.setattr(botocore.session.Session, "create_client", counted)
    shared_connection.cache_clear()
    models = [model for model in Table.__subclasses__() if model.__module__.startswith("chalicelib.")]
    assert len(models) > 10
    for model in models:
        model._connection = None
        find(model, "none", "none" if model._range_key_attribute() else None)
    together = Together()
    together.put("one", _throttle("a"))
    together.put("two", _throttle("b"))
    together.commit()
    assert made == ["dynamodb"]
    clients = {id(model._get_connection().connection.client) for model in models}
    assert clients == {id(shared_connection().client)}


def _throttle(scope: str) -> Any:
    from chalicelib.auth.repository import ThrottleTable

    return ThrottleTable(scope=scope, attempts=1, expires_at=1)


def test_a_request_waits_seconds_not_minutes(portal: Any) -> None:
    """R5.3: botocore's own defaults are a minute and more."""
    config = tables.shared_connection().client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1.0, 2.0)
    assert config.retries["total_max_attempts"] <= 3


def test_an_item_is_created_once(throttles: Any) -> None:
    tables.create(_throttle("a"))
    with pytest.raises(Refused):
        tables.create(_throttle("a"))


def test_an_item_is_changed_replaced_and_removed_only_where_the_condition_holds(throttles: Any) -> None:
    tables.create(_throttle("a"))
    one, other = throttles.attempts == 1, throttles.attempts == 9
    for write in (
        lambda condition: tables.change(_throttle("a"), [throttles.attempts.set(1)], condition),
        lambda condition: tables.replace(_throttle("a"), condition),
        lambda condition: tables.remove(_throttle("a"), condition),
    ):
        with pytest.raises(Refused) as refused:
            write(other)
        assert refused.value.labels == {"item"}
        assert scopes(throttles) == {"a": 1}
        write(one)
    assert scopes(throttles) == {}


def test_writes_that_belong_together_all_happen(throttles: Any) -> None:
    for scope in ("removed", "changed", "replaced"):
        tables.create(_throttle(scope))
    together = Together()
    together.remove("remove", _throttle("removed"), throttles.scope.exists())
    together.change("change", _throttle("changed"), [throttles.attempts.add(4)], throttles.scope.exists())
    together.create("create", _throttle("created"))
    together.replace("replace", throttles(scope="replaced", attempts=7, expires_at=1), throttles.attempts == 1)
    together.put("put", _throttle("put"))
    together.commit()
    assert scopes(throttles) == {"changed": 5, "created": 1, "replaced": 7, "put": 1}


def test_where_one_is_refused_none_happens_and_each_that_refused_is_named(throttles: Any) -> None:
    """R4.2: whatever the order in which they were added."""
    for scope in ("a", "b"):
        tables.create(_throttle(scope))
    before = scopes(throttles)
    for wrong in (
        {"check"},
        {"check", "remove"},
        {"change"},
        {"create"},
        {"remove"},
        {"replace"},
        {"change", "create"},
        {"remove", "replace"},
    ):
        together = Together()
        holds, fails = throttles.scope.exists(), throttles.attempts == 9
        together.change(
            "change", _throttle("a"), [throttles.attempts.add(1)], fails if "change" in wrong else holds
        )
        together.put("put", _throttle("c"))
        together.create("create", _throttle("b" if "create" in wrong else "new"))
        together.remove("remove", _throttle("d"), holds if "remove" in wrong else throttles.scope.does_not_exist())
        together.replace(
            "replace", _throttle("e"), holds if "replace" in wrong else throttles.scope.does_not_exist()
        )
        together.check("check", _throttle("f"), holds if "check" in wrong else throttles.scope.does_not_exist())
        with pytest.raises(Refused) as refused:
            together.commit()
        assert refused.value.labels == wrong
        assert str(refused.value) == ", ".join(sorted(wrong))
        assert scopes(throttles) == before


def _cancelled(*codes: str | None) -> TransactWriteError:
    error: Any = {"Error": {"Code": "TransactionCanceledException", "Message": "cancelled"}}
    reasons = [CancellationReason(code) if code else None for code in codes]
    return TransactWriteError("Failed", VerboseClientError(error, "x", cancellation_reasons=reasons))


def _together(monkeypatch: pytest.MonkeyPatch, *outcomes: Exception | None) -> tuple[Together, list[str]]:
    """Writes whose attempts end as said, one after the other, and the list of attempts."""
    together, attempts, coming = Together(), list[str](), list(outcomes)
    together.put("one", _throttle("a"))
    together.put("two", _throttle("b"))

    def write(self: Together) -> None:
        attempts.append("attempt")
        outcome = coming.pop(0)
        if outcome:
            raise outcome

    monkeypatch.setattr(Together, "_write", write)
    return together, attempts


def test_a_conflict_with_another_transaction_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    conflict = _cancelled("TransactionConflict", None)
    together, attempts = _together(monkeypatch, conflict, conflict, None)
    together.commit()
    assert len(attempts) == 3


def test_a_conflict_without_end_is_unavailable_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    together, attempts = _together(monkeypatch, *[_cancelled(None, "TransactionConflict")] * 9)
    with pytest.raises(Unavailable):
        together.commit()
    assert len(attempts) == 4


def test_a_condition_that_failed_beside_a_conflict_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    together, attempts = _together(monkeypatch, _cancelled("TransactionConflict", "ConditionalCheckFailed"))
    with pytest.raises(Refused) as refused:
        together.commit()
    assert refused.value.labels == {"two"}
    assert len(attempts) == 1


def test_a_transaction_that_can_never_succeed_is_a_fault_of_ours() -> None:
    """R5.3: nobody is told to try it again."""
    error = _cancelled("ValidationError", None)
    assert tables.translated(error) is error
    assert isinstance(tables.translated(_cancelled("ThrottlingError", None)), Unavailable)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ProvisionedThroughputExceededException", Unavailable),
        ("ThrottlingException", Unavailable),
        ("RequestLimitExceeded", Unavailable),
        ("InternalServerError", Unavailable),
        ("ConditionalCheckFailedException", Refused),
        ("AccessDeniedException", GetError),
        ("ValidationException", GetError),
    ],
)
def test_an_error_of_the_table_is_put_into_our_words(code: str, kind: type[Exception]) -> None:
    """R5.3: what passes by itself is told from a fault of ours, which comes back as it is."""
    error = GetError("Failed", ClientError({"Error": {"Code": code, "Message": "m"}}, "GetItem"))
    assert type(tables.translated(error)) is kind
    assert kind is not GetError or tables.translated(error) is error


@pytest.mark.parametrize("silence", [ReadTimeoutError, ConnectTimeoutError])
@pytest.mark.parametrize("kind", [GetError, UpdateError, TransactWriteError])
def test_a_table_that_does_not_answer_is_unavailable(
    silence: type[BotoCoreError], kind: type[PynamoDBException]
) -> None:
    """R4.2: the caller is told to try again; it is no fault of ours."""
    cause = silence(endpoint_url="https://dynamodb.example")
    assert isinstance(tables.translated(kind("failed", cause)), Unavailable)


KEY = {"citizen_id": {"S": "cit_1"}, "draft_id": {"S": "drf_1"}}
MINE = {"citizen_id": "cit_1"}


def token(key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def test_a_page_token_comes_back_as_it_was_given() -> None:
    """R1.4"""
    written = write_cursor(KEY)
    assert written is not None
    assert written.isascii()
    assert not set("+/=") & set(written)
    assert read_cursor(written, MINE, ["draft_id"]) == KEY
    assert write_cursor(None) is None
    assert read_cursor(None, MINE, ["draft_id"]) is None
    assert read_cursor("", MINE, ["draft_id"]) is None


@pytest.mark.parametrize(
    "text",
    [
        token({**KEY, "citizen_id": {"S": "cit_2"}}),
        token({**KEY, "citizen_id": {"S": ["cit_1"]}}),
        token({**KEY, "surplus": {"S": "x"}}),
        token({"citizen_id": {"S": "cit_1"}}),
        token({**KEY, "draft_id": {"N": "1"}}),
        token({**KEY, "draft_id": {"S": "x", "N": "1"}}),
        token({**KEY, "draft_id": {"S": ""}}),
        token({**KEY, "draft_id": {"S": "x" * 201}}),
        token({**KEY, "draft_id": {"S": 1}}),
        token({**KEY, "draft_id": "drf_1"}),
        token([]),
        token(None),
        "!",
        "ა",
        "_w",
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)
def test_a_page_token_that_was_bent_is_refused(text: str) -> None:
    """R7.3"""
    with pytest.raises(InvalidCursor):
        read_cursor(text, MINE, ["draft_id"])
