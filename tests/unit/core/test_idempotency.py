"""One key, one effect (R4.2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import clock, idempotency
from chalicelib.core.errors import IdempotencyKeyReused
from chalicelib.core.tables import Refused, Together

BODY = {"new_email": "zhuzhuna@example.ge"}


@pytest.fixture
def owners(portal: Any) -> None:
    from chalicelib.core.crypto import new_data_key

    for owner in ("cit_1", "cit_2"):
        new_data_key(owner)[1].save()


def remember(owner: str = "cit_1", key: str = "key", answer: Any = None) -> None:
    together = Together()
    idempotency.remember(together, owner, key, "change", BODY, answer or {"id": 1})
    together.commit()


def replay(owner: str = "cit_1", key: str = "key", operation: str = "change", body: Any = None) -> Any:
    return idempotency.replay(owner, key, operation, body or BODY)


def test_the_first_answer_is_given_again(owners: None) -> None:
    assert replay() is None
    remember(answer={"id": 1, "name": "ნინო"})
    assert replay() == {"id": 1, "name": "ნინო"}


def test_the_order_of_fields_is_no_difference(owners: None) -> None:
    together = Together()
    idempotency.remember(together, "cit_1", "key", "change", {"a": 1, "b": 2}, {"id": 1})
    together.commit()
    assert replay(body={"b": 2, "a": 1}) == {"id": 1}


@pytest.mark.parametrize("other", [{"body": {"new_email": "other@example.ge"}}, {"operation": "other"}])
def test_a_key_of_something_else_is_refused(owners: None, other: dict[str, Any]) -> None:
    remember()
    with pytest.raises(IdempotencyKeyReused):
        replay(**other)


def test_keys_of_two_citizens_are_two(owners: None) -> None:
    remember()
    assert replay("cit_2") is None
    remember("cit_2", answer={"id": 2})
    assert (replay("cit_1"), replay("cit_2")) == ({"id": 1}, {"id": 2})


def test_a_second_effect_under_a_key_is_refused_by_its_label(owners: None) -> None:
    remember()
    with pytest.raises(Refused) as refused:
        remember(answer={"id": 2})
    assert refused.value.labels == {idempotency.LABEL}
    assert replay() == {"id": 1}


def test_a_key_is_new_again_after_thirty_days(owners: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """R7.1: also while the table still has it."""
    remember()
    later = datetime.now(UTC) + idempotency.KEPT + timedelta(seconds=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert replay() is None
    remember(answer={"id": 2})
    assert replay() == {"id": 2}


def test_what_was_sent_can_not_be_guessed_from_what_is_kept(owners: None) -> None:
    """R7.3: no digest that anybody could make, and not the same one for two people."""
    import hashlib
    import json

    remember()
    remember("cit_2")
    items = [item.serialize() for item in idempotency.IdempotencyTable.scan()]
    said = repr(items)
    text = json.dumps(["change", BODY], ensure_ascii=False, sort_keys=True)
    assert "zhuzhuna" not in said
    assert hashlib.sha256(text.encode()).hexdigest() not in said
    assert len({item["body_digest"]["S"] for item in items}) == 2
