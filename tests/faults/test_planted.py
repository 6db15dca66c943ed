"""Faults planted in the product: the check that is green without them turns red, and says what went wrong."""

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import notifications, requests, vault
from chalicelib.core import outbox
from chalicelib.core.errors import Unavailable
from chalicelib.notifications import carriers, mail
from chalicelib.providers import messages, sqs
from chalicelib.requests import correspondence, repository, submission
from chalicelib.requests.application import sha256
from chalicelib.requests.lifecycle import Progress, State, Step
from chalicelib.requests.model import Head
from tests.faults.check import BrokenPromise, Changed, Doubled, Lost, Stuck, WentBack, check
from tests.faults.world import World

pytestmark = pytest.mark.cloud
Patch = pytest.MonkeyPatch


def run(world: World) -> None:
    """A few requests, everything delivered twice, each answer before its receipt; then the check."""
    for citizen in world.citizens:
        for addressee in ("napr", "sda"):
            world.send(world.fill_in(citizen, addressee))
    world.carry_twice()
    for reply in ("reply", "receipt"):
        for institution in world.institutions.values():
            institution.read()
            institution.say([getattr(institution, reply)(taken) for taken in institution.unanswered])
        world.carry_twice()
        world.look()
    for institution in world.institutions.values():
        institution.unanswered.clear()
    world.settle()
    check(world)


def no_outbox_write(patch: Patch) -> None:
    patch.setattr(outbox, "add", lambda together, due: None)


def deaf_relay(patch: Patch) -> None:
    patch.setattr(outbox, "relay", lambda outbox_id: False)
    patch.setattr(outbox, "due_now", lambda limit: [])


def accepted_without_a_write(patch: Patch) -> None:
    patch.setattr(submission, "_register", lambda draft, checked, head, key, body: None)


def no_deduplication(patch: Patch) -> None:
    patch.setattr(requests, "message_id_of", lambda provider, event_id: f"msg_{uuid.uuid4().hex}")


def no_deduplication_and_every_step_possible(patch: Patch) -> None:
    def advance(progress: Progress, step: Step, moment: datetime) -> Progress:
        if step is Step.RECEIPT:
            return replace(progress, received_at=moment)
        return replace(progress, state=State.ANSWERED, answered_at=moment)

    no_deduplication(patch)
    patch.setattr(correspondence, "advance", advance)


def no_mark_and_no_stable_event_id(patch: Patch) -> None:
    def deliver(due: outbox.Due) -> None:
        sqs.deliver(replace(due, outbox_id=f"evt_{uuid.uuid4().hex}"))

    patch.setattr(outbox, "_mark_sent", lambda item: None)
    patch.setitem(outbox._senders, "provider", deliver)


def reserialised_body(patch: Patch) -> None:
    original = requests.find_application
    patch.setattr(requests, "find_application", lambda head: again(original(head)))


def reserialised_body_under_its_own_digest(patch: Patch) -> None:
    original = messages.inline

    def inline(content: bytes, digest: str, media_type: str) -> dict[str, Any]:
        return original(again(content), sha256(again(content)), media_type)

    patch.setattr(messages, "inline", inline)


def again(content: bytes) -> bytes:
    return json.dumps(json.loads(content)).encode()


def trimmed_answer(patch: Patch) -> None:
    original = requests.record_answer

    def record_answer(head: Any, given: Any, media_type: str, content: bytes, *rest: Any) -> Any:
        return original(head, given, media_type, content.replace(b"\r\n", b"\n").strip(), *rest)

    patch.setattr(requests, "record_answer", record_answer)


def shortened_attachment(patch: Patch) -> None:
    original = vault.store
    patch.setattr(vault, "store", lambda *facts: original(*facts[:-1], facts[-1][:-1]))


def no_stable_document_id(patch: Patch) -> None:
    original = repository.add_message
    tried: set[str] = set()

    def add_message(together: Any, head: Head, *facts: Any) -> None:
        if head.request_id not in tried:
            tried.add(head.request_id)
            raise Unavailable  # by itself this is harmless: the reply comes again
        original(together, head, *facts)

    patch.setattr(repository, "add_message", add_message)
    patch.setattr(vault, "document_id_of", lambda message_id, index: f"doc_{uuid.uuid4().hex}")


def state_that_goes_back(patch: Patch) -> None:
    def advance(progress: Progress, step: Step, moment: datetime) -> Progress:
        moved = original(progress, step, moment)
        return replace(moved, state=State.RECEIVED) if step is Step.RECEIPT else moved

    original = correspondence.advance
    patch.setattr(correspondence, "advance", advance)


def no_notice(patch: Patch) -> None:
    patch.setattr(notifications, "add_notice", lambda *facts, **more: None)


def two_notices(patch: Patch) -> None:
    original = notifications.add_notice

    def add_notice(*facts: Any, **more: Any) -> None:
        original(*facts, **more)
        original(*facts, **more)

    patch.setattr(notifications, "add_notice", add_notice)


def no_letter(patch: Patch) -> None:
    patch.setattr(carriers, "send_email", lambda address, written: None)


def letters_that_nobody_marks(patch: Patch) -> None:
    patch.setattr(mail, "mark_mailed", lambda citizen_id, notice_id: None)
    patch.setattr(mail, "LEASE", timedelta(0))  # the second delivery comes when the claim is over


def test_without_a_fault_the_check_is_green(new_world: Any) -> None:
    """R4.2, R5.1, R5.2: what the planted faults are measured against."""
    run(new_world(citizens=1))


PLANTED: tuple[tuple[Callable[[Patch], None], type[BrokenPromise], str], ...] = (
    (no_outbox_write, Lost, "request .* to napr .* never reached its institution"),
    (deaf_relay, Lost, "request .* to napr .* never reached its institution"),
    (accepted_without_a_write, Lost, "request .* to napr .* is not among its citizen's requests"),
    (no_deduplication, Stuck, "2 replies were refused instead of 0: already-answered"),
    (no_deduplication_and_every_step_possible, Doubled, "request .* to napr .* has 2 answers"),
    (no_mark_and_no_stable_event_id, Doubled, r"request .* to napr .* arrived as \d events, at napr, napr"),
    (reserialised_body, Changed, "request .* to napr .* the bytes of req_.* are not those of its digest"),
    (reserialised_body_under_its_own_digest, Changed, "to napr .* with other bytes than the citizen saw"),
    (trimmed_answer, Changed, "the answer to request .* to napr .* is not what the institution wrote"),
    (shortened_attachment, Changed, "with the answer to request .* to napr .* has other bytes"),
    (no_stable_document_id, Doubled, "8 documents lie in the vault for 4 attachments"),
    (state_that_goes_back, WentBack, "request .* went from answered back to received"),
    (no_notice, Lost, "the notice request-sent of request .* to napr .* is missing"),
    (two_notices, Doubled, "the notice request-sent of request .* to napr .* came 2 times"),
    (no_letter, Lost, "the letter request-sent of request .* to napr .* never left"),
    (letters_that_nobody_marks, Doubled, "4 letters left again, 0 were disturbed"),
)


@pytest.mark.parametrize(("plant", "kind", "words"), PLANTED, ids=[plant.__name__ for plant, _, _ in PLANTED])
def test_a_planted_fault_turns_the_check_red(
    new_world: Any, monkeypatch: Patch, plant: Callable[[Patch], None], kind: type[BrokenPromise], words: str
) -> None:
    """R4.2, R5.1, R5.2: the same run and the same check, over a product that breaks one promise."""
    world: World = new_world(citizens=1)
    with monkeypatch.context() as patch:
        plant(patch)
        with pytest.raises(kind, match=words):
            run(world)
