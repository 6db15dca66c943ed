"""Sending: one transaction, a number of its own, and no second request (R4.1, R4.2)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.errors import IdempotencyKeyReused, NotFound, Unavailable
from chalicelib.requests.errors import DraftChanged, DraftNotChecked

ROOT = Path(__file__).parents[3]
ANSWERS = {
    "addressee": "napr",
    "subject": "ვაკის პარკი",
    "description": "გთხოვთ, მომაწოდოთ ინფორმაცია სამუშაოების ღირებულების შესახებ.",
    "reply_form": "electronic",
}


@pytest.fixture
def me(portal: Any) -> Any:
    """A citizen who is signed in, in a portal with one service."""
    from chalicelib import profiles
    from chalicelib.catalogue.repository import put_version
    from chalicelib.core.crypto import new_data_key
    from chalicelib.core.principal import Principal
    from chalicelib.core.tables import Together
    from infra.catalogue import read_catalogue
    from infra.publish import resolved

    catalogue = read_catalogue(ROOT / "catalogue")
    put_version(resolved(catalogue.services["public-information"], catalogue))
    key, item = new_data_key("cit_1")
    together = Together()
    together.create("key", item)
    person = profiles.Person("cit_1", "ნინო", "ბერიძე", "01234567890", "nino@example.ge", "555123456", "ka", 1)
    profiles.add_profile(together, key, person)
    together.commit()
    return Principal("cit_1", "session", "ready", "low", datetime.now(UTC))


def checked(me: Any, key: str = "begin") -> Any:
    from chalicelib.requests import drafts

    draft = drafts.begin(me, key, "public-information")
    saved = drafts.save("cit_1", draft.draft_id, draft.version, ANSWERS, None)
    return drafts.check(me, saved.draft_id, saved.version)[0]


def stored(thing: str) -> list[dict[str, Any]]:
    import boto3

    found: list[dict[str, Any]] = boto3.client("dynamodb").scan(TableName=f"karibche-test-{thing}")["Items"]
    return found


def test_one_transaction_writes_all_that_follows(me: Any) -> None:
    """R4.2: head, application, number, the way to the institution, notice, letter, and the answer to the key."""
    from chalicelib.notifications import newest_notices
    from chalicelib.requests import submission

    draft = checked(me)
    head = submission.send(me, "key", draft.draft_id, draft.version)
    kinds = {item["sk"]["S"] for item in stored("requests")}
    assert kinds == {"head", "application", "number"}
    assert {item["channel"]["S"] for item in stored("outbox")} == {"provider", "mail"}
    ((notice,), _) = newest_notices("cit_1", 10)
    assert notice.kind == "request-sent"
    assert notice.params == {name: head[name] for name in ("request_id", "registration_number", "service_title")}
    assert stored("drafts") == []
    (application,) = [item for item in stored("requests") if item["sk"]["S"] == "application"]
    assert application["pk"]["S"] == head["request_id"] == draft.checked.request_id
    for item in [*stored("outbox"), *stored("requests")]:
        assert "ვაკის" not in repr(item)
        assert "01234567890" not in repr(item)


def test_what_lists_show_of_a_request_is_small(me: Any) -> None:
    """R5.3: under 1 KB, so that a change of state costs one unit."""
    from chalicelib.requests import submission

    draft = checked(me)
    submission.send(me, "key", draft.draft_id, draft.version)
    (head,) = [item for item in stored("requests") if item["sk"]["S"] == "head"]
    size = sum(len(name) + len(next(iter(value.values())).encode()) for name, value in head.items())
    assert size < 1024


def test_a_number_that_is_taken_is_drawn_again(me: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """R4.2"""
    from chalicelib.requests import submission

    drawn = iter(["2026-00000000-1", "2026-00000000-1", "2026-00000000-1", "2026-00000001-9"])
    monkeypatch.setattr(submission, "new_registration_number", lambda year: next(drawn))
    first = checked(me)
    assert submission.send(me, "one", first.draft_id, first.version)["registration_number"] == "2026-00000000-1"
    second = checked(me, "begin another")
    head = submission.send(me, "two", second.draft_id, second.version)
    assert head["registration_number"] == "2026-00000001-9"


def test_numbers_that_are_all_taken_leave_the_draft_as_it_was(me: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """R4.2"""
    from chalicelib.requests import drafts, submission

    monkeypatch.setattr(submission, "new_registration_number", lambda year: "2026-00000000-1")
    first, second = checked(me), checked(me, "begin another")
    submission.send(me, "one", first.draft_id, first.version)
    with pytest.raises(Unavailable):
        submission.send(me, "two", second.draft_id, second.version)
    assert drafts.read("cit_1", second.draft_id).version == second.version
    assert len([item for item in stored("requests") if item["sk"]["S"] == "head"]) == 1


def test_the_same_key_gives_the_same_answer_and_another_body_none(me: Any) -> None:
    """R4.2"""
    from chalicelib.requests import submission

    draft = checked(me)
    first = submission.send(me, "key", draft.draft_id, draft.version)
    assert submission.send(me, "key", draft.draft_id, draft.version) == first
    with pytest.raises(IdempotencyKeyReused):
        submission.send(me, "key", "drf_other", 1)
    with pytest.raises(NotFound):
        submission.send(me, "another key", draft.draft_id, draft.version)


def test_only_what_was_checked_and_not_changed_is_sent(me: Any) -> None:
    """R4.1, R10.1"""
    from chalicelib.requests import drafts, submission

    draft = checked(me)
    with pytest.raises(DraftChanged) as changed:
        submission.send(me, "key", draft.draft_id, draft.version - 1)
    assert changed.value.extra["etag"] == f'"{draft.version}"'
    assert changed.value.extra["current"]["answers"] == ANSWERS
    saved = drafts.save("cit_1", draft.draft_id, draft.version, ANSWERS, None)
    with pytest.raises(DraftNotChecked):
        submission.send(me, "key", draft.draft_id, saved.version)
    assert stored("outbox") == []


@pytest.mark.parametrize("after", ["another page was saved", "it was thrown away"])
def test_a_draft_that_changes_while_it_is_sent_stays_unsent(
    me: Any, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    """R4.2, R10.1: the citizen gets it as it is now, or learns that it is gone."""
    from chalicelib.requests import drafts, submission

    draft = checked(me)
    register = submission._register

    def too_late(*facts: Any) -> None:
        if after == "it was thrown away":
            drafts.discard("cit_1", draft.draft_id, draft.version)
        else:
            drafts.save("cit_1", draft.draft_id, draft.version, {**ANSWERS, "subject": "მთაწმინდა"}, None)
        register(*facts)

    monkeypatch.setattr(submission, "_register", too_late)
    with pytest.raises((DraftChanged, NotFound)) as failed:
        submission.send(me, "key", draft.draft_id, draft.version)
    if after == "it was thrown away":
        assert failed.type is NotFound
    else:
        assert failed.value.extra["current"]["answers"]["subject"] == "მთაწმინდა"
        assert failed.value.extra["etag"] == f'"{draft.version + 1}"'
    assert stored("outbox") == []


def test_an_institution_that_has_no_queue_any_more_is_not_written_to(
    me: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R5.4"""
    from dataclasses import replace

    from chalicelib.core.settings import settings
    from chalicelib.requests import submission

    draft = checked(me)
    without = replace(settings(), provider_queues={})
    monkeypatch.setattr(submission, "settings", lambda: without)
    with pytest.raises(Unavailable):
        submission.send(me, "key", draft.draft_id, draft.version)
    assert stored("outbox") == []


def test_the_institution_gets_the_bytes_that_the_citizen_saw(me: Any, portal: Any) -> None:
    """R5.2"""
    import base64

    import boto3

    from chalicelib.core import outbox
    from chalicelib.core.settings import settings
    from chalicelib.requests import drafts, repository, submission

    draft = drafts.begin(me, "begin", "public-information")
    saved = drafts.save("cit_1", draft.draft_id, draft.version, ANSWERS, None)
    ready, shown = drafts.check(me, saved.draft_id, saved.version)
    head = submission.send(me, "key", ready.draft_id, ready.version)
    (due,) = [item["outbox_id"]["S"] for item in stored("outbox") if item["channel"]["S"] == "provider"]
    assert outbox.relay(due)
    sqs: Any = boto3.client("sqs")
    (message,) = sqs.receive_message(QueueUrl=settings().provider_queues["napr"])["Messages"]
    event = json.loads(message["Body"])
    seen = shown["application"]["text"].encode()
    assert base64.b64decode(event["data"]["application"]["content_base64"]) == seen
    assert event["id"] == due
    whole = repository.find_whole("cit_1", head["request_id"])
    assert whole is not None
    assert whole.application == seen
    assert repository.find_whole("cit_2", head["request_id"]) is None
