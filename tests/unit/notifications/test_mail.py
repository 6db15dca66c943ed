"""Letters on their way: of workers that get the same one, one sends it (R5.1, R8.2)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import profiles
from chalicelib.core import clock
from chalicelib.core.crypto import new_data_key
from chalicelib.core.tables import Together
from chalicelib.notifications import carriers, mail
from chalicelib.notifications.repository import NoticeTable, add_notice, claim_letter
from infra.functions import FUNCTIONS
from infra.queues import queue_specs

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADDRESS = "nino@example.ge"


@pytest.fixture
def at(portal: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`at(minutes=3)`: so much after noon."""

    def move(**by: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(**by))

    move()
    return move


@pytest.fixture
def notice_id(at: Any) -> str:
    """A citizen's notice whose letter waits."""
    key, item = new_data_key("cit_1")
    together = Together()
    together.create("key", item)
    person = profiles.Person("cit_1", "ნინო", "ბერიძე", "01234567890", ADDRESS, "555123456", "ka", 1)
    profiles.add_profile(together, key, person)
    add_notice(together, key, "cit_1", "password-changed", {}, mail=True)
    together.commit()
    (made,) = NoticeTable.query("cit_1")
    return str(made.notice_id)


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the e-mail service was given."""
    addresses: list[str] = []
    monkeypatch.setattr(carriers, "send_email", lambda address, written: addresses.append(address))
    return addresses


def kept(notice_id: str) -> Any:
    return NoticeTable.get("cit_1", notice_id)


def test_a_letter_is_sent_and_marked_once(notice_id: str, posted: list[str]) -> None:
    mail.send("cit_1", notice_id)
    mail.send("cit_1", notice_id)
    assert posted == [ADDRESS]
    assert kept(notice_id).mailed_at == clock.iso(NOON)
    assert kept(notice_id).mailing_until is None


def test_a_letter_that_another_worker_has_comes_again(portal: Any, notice_id: str, posted: list[str]) -> None:
    assert claim_letter("cit_1", notice_id, mail.LEASE)
    body = json.dumps({"citizen_id": "cit_1", "notice_id": notice_id})
    said = portal.send_mail({"Records": [{"messageId": "m-1", "body": body}]}, None)
    assert said == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert posted == []


def test_a_claim_that_is_over_is_taken_over(at: Any, notice_id: str, posted: list[str]) -> None:
    claim_letter("cit_1", notice_id, mail.LEASE)
    at(seconds=mail.LEASE.total_seconds() - 1)
    with pytest.raises(mail.BeingMailed):
        mail.send("cit_1", notice_id)
    at(seconds=mail.LEASE.total_seconds())
    mail.send("cit_1", notice_id)
    assert posted == [ADDRESS]


def test_a_letter_that_fails_is_sent_when_it_comes_again(
    at: Any, notice_id: str, monkeypatch: pytest.MonkeyPatch, posted: list[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(carriers, "send_email", out_of_reach)
        with pytest.raises(ConnectionError):
            mail.send("cit_1", notice_id)
    at(seconds=hidden_seconds())
    mail.send("cit_1", notice_id)
    assert posted == [ADDRESS]


def test_a_letter_whose_notice_was_deleted_is_dropped_and_nothing_written(
    notice_id: str, posted: list[str]
) -> None:
    kept(notice_id).delete()
    mail.send("cit_1", notice_id)
    assert posted == list(NoticeTable.query("cit_1")) == []


def test_a_claim_outlives_its_worker_and_is_over_when_the_letter_comes_again() -> None:
    """A batch is claimed letter by letter: the last claim may begin when the worker is about to end."""
    worker = timedelta(seconds=FUNCTIONS["send_mail"].timeout)
    assert worker < mail.LEASE
    assert worker + mail.LEASE < timedelta(seconds=hidden_seconds())


def out_of_reach(*facts: Any) -> None:
    raise ConnectionError


def hidden_seconds() -> int:
    return next(spec.visibility for spec in queue_specs(()) if spec.thing == "mail")
