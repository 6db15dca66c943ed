"""The spine by API: one application through the deployed template and back."""

import base64
import hashlib
import json
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.names import replies_queue, requests_queue
from local import journey
from local.client import ApiClient, eventually
from local.journey import Citizen
from local.stack import Stack

pytestmark = pytest.mark.cloud
ATTACHMENT = "დანართი\r\n\x00\xff".encode()


class Institution:
    """A provider with its own credentials, which knows only its queues and the documented messages."""

    def __init__(self, stack: Stack, provider: str) -> None:
        self.sqs = stack.provider_sqs(provider)
        self.requests = self.sqs.get_queue_url(QueueName=requests_queue(stack.stage, provider))["QueueUrl"]
        self.replies = self.sqs.get_queue_url(QueueName=replies_queue(stack.stage, provider))["QueueUrl"]
        self.provider = provider

    def event(self, subject: str | None = None, **facts: str) -> dict[str, Any]:
        """The next event about a request, or whose data has these facts."""

        def look() -> dict[str, Any] | None:
            got = self.sqs.receive_message(QueueUrl=self.requests, WaitTimeSeconds=2, MaxNumberOfMessages=10)
            for message in got.get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.requests, ReceiptHandle=message["ReceiptHandle"])
                event = json.loads(message["Body"])
                wanted = all(event["data"].get(name) == value for name, value in facts.items())
                if wanted and subject in {None, event.get("subject")}:
                    return dict(event)
            return None

        return dict(eventually(look, seconds=90, what="an event for the provider"))

    def say(self, kind: str, data: dict[str, Any], event_id: str | None = None) -> str:
        """Put an event into the replies queue; its id."""
        chosen = event_id or f"rpl_{uuid.uuid4().hex}"
        event = {
            "specversion": "1.0",
            "id": chosen,
            "source": f"urn:karibche:provider:{self.provider}",
            "type": f"ge.karibche.request.{kind}.v1",
            "data": data,
        }
        self.sqs.send_message(QueueUrl=self.replies, MessageBody=json.dumps(event, ensure_ascii=False))
        return chosen


def part(content: bytes, media_type: str, **more: str) -> dict[str, Any]:
    return {
        **more,
        "media_type": media_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_base64": base64.b64encode(content).decode(),
    }


def answer(request_id: str, text: str, *attachments: dict[str, Any]) -> dict[str, Any]:
    return {"request_id": request_id, "body": part(text.encode(), "text/plain"), "attachments": list(attachments)}


def test_an_application_goes_to_its_institution_and_the_reply_comes_back_unchanged(
    stack: Stack, new_citizen: Callable[..., Citizen], mails: Callable[..., list[dict[str, Any]]]
) -> None:
    """R4.1, R4.2, R5.1, R5.2, R5.4: sent, received, answered; bytes and digests the same at both ends."""
    citizen = new_citizen()
    institution = Institution(stack, "napr")
    head = journey.sent(citizen.api, addressee="napr")
    request_id = head["request_id"]
    assert head["state"] == "sent"

    event = institution.event(request_id)
    application = base64.b64decode(event["data"]["application"]["content_base64"])
    shown = journey.expect(citizen.api.get(f"/v1/requests/{request_id}"), 200)["application"]
    assert application == shown["text"].encode()
    digest = hashlib.sha256(application).hexdigest()
    assert digest == shown["sha256"] == event["data"]["application"]["sha256"]

    institution.say("received", {"request_id": request_id, "sha256": digest})
    assert journey.awaited(citizen.api, request_id, "received")["received_at"]
    text = "თქვენს მოთხოვნაზე გიგზავნით პასუხს.\r\n  ე\u0301 „ციტატა“ \u00a0 ბოლო\n"
    institution.say(
        "answered", answer(request_id, text, part(ATTACHMENT, "application/pdf", name="პასუხი №1.pdf"))
    )
    request = journey.awaited(citizen.api, request_id, "answered")
    message = request["messages"][0]
    assert message["text"] == text
    assert message["attachments"][0]["sha256"] == hashlib.sha256(ATTACHMENT).hexdigest()

    path = f"/v1/requests/{request_id}/messages/{message['message_id']}/attachments/0"
    gone = citizen.api.get(path)
    assert gone.status == 303
    with urllib.request.urlopen(gone.headers["location"]) as response:  # noqa: S310 - the portal's own link
        assert response.read() == ATTACHMENT
    subjects = {mail["subject"] for mail in mails(citizen.email, at_least=3)}
    assert "თქვენს განცხადებაზე პასუხი მოვიდა" in subjects
    kinds = {notice["kind"] for notice in citizen.api.get("/v1/notices").json()["items"]}
    assert kinds >= {"request-sent", "request-received", "request-answered"}


def test_a_reply_is_recorded_once_and_only_from_the_institution_that_was_asked(
    stack: Stack, new_citizen: Callable[..., Citizen]
) -> None:
    """R5.1, R5.4: doubles are dropped; foreign, second and malformed replies are refused aloud."""
    citizen = new_citizen()
    own, other = Institution(stack, "napr"), Institution(stack, "sda")
    request_id = journey.sent(citizen.api, addressee="napr")["request_id"]
    foreign = other.say("answered", answer(request_id, "არა თქვენი"))
    assert other.event(reply_id=foreign)["data"]["reason"] == "unknown-request"
    first = own.say("answered", answer(request_id, "პირველი"))
    journey.awaited(citizen.api, request_id, "answered")
    own.say("answered", answer(request_id, "პირველი"), first)
    own.say("answered", answer(request_id, "სხვა ტექსტი"), first)
    assert own.event(reply_id=first)["data"]["reason"] == "message-id-reused"
    second = own.say("answered", answer(request_id, "მეორე"))
    assert own.event(reply_id=second)["data"]["reason"] == "already-answered"
    malformed = own.say("answered", {"request_id": request_id, "unknown": 1})
    assert own.event(reply_id=malformed)["data"]["reason"] == "malformed"
    messages = citizen.api.get(f"/v1/requests/{request_id}").json()["messages"]
    assert [message["text"] for message in messages] == ["პირველი"]


def test_the_same_key_sends_once_and_keys_of_citizens_are_apart(new_citizen: Callable[..., Citizen]) -> None:
    """R4.2: one key, one request, one answer; another body is refused; another citizen's key is another key."""
    one, two = new_citizen(), new_citizen()
    key = "key-1"
    heads = []
    for citizen in (one, two):
        draft_id, etag, _ = journey.checked_draft(citizen.api, {**journey.ANSWERS, "addressee": "sda"})
        body = {"draft_id": draft_id}
        first = citizen.api.post("/v1/requests", body, key=key, match=etag)
        again = citizen.api.post("/v1/requests", body, key=key, match=etag)
        assert (first.status, again.status) == (201, 201)
        assert first.json() == again.json()
        heads.append(first.json()["request_id"])
    assert heads[0] != heads[1]
    draft_id, etag, _ = journey.checked_draft(one.api, {**journey.ANSWERS, "addressee": "sda"})
    assert one.api.post("/v1/requests", {"draft_id": draft_id}, key=key, match=etag).status == 409
    assert one.api.get(f"/v1/requests/{heads[1]}").status == 404
    assert one.api.get("/v1/requests/req_00000000000000000000000000").status == 404


def test_a_draft_that_changed_elsewhere_is_not_sent(new_citizen: Callable[..., Citizen]) -> None:
    """R10.1: sending asks for the version that was seen, and shows the draft as it is now."""
    api: ApiClient = new_citizen().api
    draft_id, etag, _ = journey.checked_draft(api, {**journey.ANSWERS, "addressee": "sda"})
    changed = {**journey.ANSWERS, "addressee": "sda", "subject": "სხვა თემა ჩანს აქ"}
    assert api.put(f"/v1/drafts/{draft_id}", {"answers": changed}, match=etag).status == 200
    refused = api.post("/v1/requests", {"draft_id": draft_id}, key=True, match=etag)
    assert refused.status == 412
    assert refused.json()["current"]["answers"]["subject"] == "სხვა თემა ჩანს აქ"


def test_the_description_that_is_served_is_the_committed_one(api: ApiClient) -> None:
    """R9.5: OpenAPI 3.1, the same here and there."""
    served = api.get("/openapi.json")
    committed = Path(__file__).parents[2] / "docs/openapi.json"
    assert served.json() == json.loads(committed.read_text(encoding="utf-8"))
