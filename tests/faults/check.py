"""The invariants: nothing lost, nothing doubled, nothing changed, no state that goes back."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING, Any

from chalicelib.core.settings import settings
from local import journey
from local.cloud import ROOT
from tests.faults.institution import answer_to
from tests.faults.portal import listed

if TYPE_CHECKING:
    from tests.faults.world import Sent, World

_LETTERS = json.loads((ROOT / "chalicelib/notifications/texts/ka.json").read_bytes())
_TOLD = ("request-sent", "request-received", "request-answered")
_WRITTEN = ("request-sent", "request-answered")


class BrokenPromise(Exception):
    """The portal did not keep what it promised; the message names the request and what became of it."""


class Lost(BrokenPromise):
    """Something never arrived."""


class Doubled(BrokenPromise):
    """Something happened twice."""


class Changed(BrokenPromise):
    """Bytes are not those that were given."""


class WentBack(BrokenPromise):
    """A citizen saw an earlier state after a later one."""


class Stuck(BrokenPromise):
    """Something lies where only faults of ours lie, or was refused although it was in order."""


def check(world: World, *, refused: int = 0, answered: bool = True) -> None:
    """Compare what citizens and institutions hold. Raises BrokenPromise.

    `refused` replies were sent to be refused; with `answered=False` the institutions have only the requests.
    """
    world.look()
    _registered(world)
    for sent in world.sent:
        _arrived(world, sent)
    _refused(world, refused)
    for sent in world.sent:
        if answered:
            _came_back(world, sent)
    if answered:
        _told(world)
    _written(world, _WRITTEN if answered else _WRITTEN[:1])
    _nothing_left(world)


def _registered(world: World) -> None:
    for citizen in world.citizens:
        theirs = {sent.request_id: sent for sent in world.sent if sent.citizen is citizen}
        in_list = [head["request_id"] for head in listed(citizen, "/v1/requests")]
        for request_id, sent in theirs.items():
            if request_id not in in_list:
                raise Lost(f"{sent} is not among its citizen's requests")
        if len(in_list) != len(theirs):
            raise Doubled(f"{len(in_list)} requests are listed, {len(theirs)} were sent")


def _arrived(world: World, sent: Sent) -> None:
    for institution in world.institutions.values():
        for complaint in institution.complaints:
            if sent.request_id in complaint:
                raise Changed(f"{sent}: {complaint}")
    came = [
        (provider, taken)
        for provider, institution in world.institutions.items()
        for taken in institution.taken.values()
        if taken.request_id == sent.request_id
    ]
    if not came:
        raise Lost(f"{sent} never reached its institution")
    if [provider for provider, _ in came] != [sent.addressee]:
        raise Doubled(f"{sent} arrived as {len(came)} events, at {', '.join(provider for provider, _ in came)}")
    seen = sent.shown["text"].encode()
    if came[0][1].content != seen or came[0][1].sha256 != sent.shown["sha256"]:
        raise Changed(f"{sent} arrived with other bytes than the citizen saw")


def _came_back(world: World, sent: Sent) -> None:
    request = journey.expect(sent.citizen.api.get(f"/v1/requests/{sent.request_id}"), 200)
    if (
        request["application"]["text"] != sent.shown["text"]
        or request["application"]["sha256"] != sent.shown["sha256"]
    ):
        raise Changed(f"{sent} shows other bytes than were sent")
    if request["state"] != "answered" or not request["messages"]:
        raise Lost(f"the answer to {sent} never came; its state is {request['state']}")
    if request["received_at"] is None:
        raise Lost(f"the receipt of {sent} never came")
    if len(request["messages"]) != 1:
        raise Doubled(f"{sent} has {len(request['messages'])} answers")
    message, given = request["messages"][0], answer_to(sent.request_id)
    if message["text"] != given.text or message["sha256"] != _sha256(given.text.encode()):
        raise Changed(f"the answer to {sent} is not what the institution wrote")
    names = [attachment["name"] for attachment in message["attachments"]]
    if names != [name for name, _ in given.attachments]:
        raise Lost(f"the answer to {sent} came with the attachments {names}")
    for index, (name, content) in enumerate(given.attachments):
        path = f"/v1/requests/{sent.request_id}/messages/{message['message_id']}/attachments/{index}"
        link = sent.citizen.api.get(path).headers["location"]
        with urllib.request.urlopen(link) as answer:  # noqa: S310  # the portal's own link
            read = answer.read()
        if read != content or message["attachments"][index]["sha256"] != _sha256(content):
            raise Changed(f"{name} with the answer to {sent} has other bytes")


def _told(world: World) -> None:
    for citizen in world.citizens:
        notices = Counter(
            (notice["params"].get("request_id"), notice["kind"]) for notice in listed(citizen, "/v1/notices")
        )
        for sent in (sent for sent in world.sent if sent.citizen is citizen):
            for kind in _TOLD:
                _one(notices[sent.request_id, kind], f"the notice {kind} of {sent}")
        documents = _documents(world, citizen.citizen_id)
        expected = sum(
            len(answer_to(sent.request_id).attachments) for sent in world.sent if sent.citizen is citizen
        )
        if documents > expected:
            raise Doubled(f"{documents} documents lie in the vault for {expected} attachments")


def _one(number: int, what: str) -> None:
    if number == 0:
        raise Lost(f"{what} is missing")
    if number > 1:
        raise Doubled(f"{what} came {number} times")


def _written(world: World, kinds: tuple[str, ...]) -> None:
    """A letter leaves at least once; it may leave twice only where its sending was disturbed."""
    mails = world.portal.stack.mails()
    doubles = 0
    for sent in world.sent:
        for kind in kinds:
            number = sum(
                1
                for mail in mails
                if sent.citizen.email in mail["to"]
                and mail["subject"] == _LETTERS[kind]["subject"]
                and sent.request_id in mail["text"]
            )
            if number == 0:
                raise Lost(f"the letter {kind} of {sent} never left")
            doubles += number - 1
    if doubles > world.letters_disturbed:
        raise Doubled(f"{doubles} letters left again, {world.letters_disturbed} were disturbed")


def _documents(world: World, citizen_id: str) -> int:
    s3 = world.portal.stack.client("s3")
    found = s3.list_objects_v2(Bucket=settings().vault_bucket, Prefix=f"documents/{citizen_id}/")
    return int(found["KeyCount"])


def _nothing_left(world: World) -> None:
    unsent = world.portal.unsent()
    if unsent:
        raise Lost(f"{len(unsent)} outbox items never left: {unsent[0]}")
    for queue in (*world.dead, *world.replies.values(), world.portal.mail):
        if queue.waiting():
            raise Stuck(f"{queue.waiting()} messages lie in {queue.name}")


def _refused(world: World, refused: int) -> None:
    told: list[dict[str, Any]] = [
        data for institution in world.institutions.values() for data in institution.refused.values()
    ]
    if len(told) != refused:
        reasons = ", ".join(sorted({data["reason"] for data in told}))
        raise Stuck(f"{len(told)} replies were refused instead of {refused}: {reasons}")
    kept = {message["MessageAttributes"]["message_id"]["StringValue"] for message in world.refused.drain()}
    if len(kept) != refused:
        raise Stuck(f"{len(kept)} messages lie among the refused instead of {refused}")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
