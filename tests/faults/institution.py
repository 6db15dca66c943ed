"""A model of an institution that keeps to docs/providers.md, and writes down all that it was told."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalicelib.core.names import replies_queue, requests_queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.stack import Stack

SUBMITTED = "ge.karibche.request.submitted.v1"
REFUSED = "ge.karibche.reply.refused.v1"
_TEXTS = (
    "თქვენს მოთხოვნაზე გიგზავნით პასუხს.\r\n  ე\u0301 „ციტატა“ \u00a0 ბოლო \n",
    '{"answers": {"b": 1.0, "a": "\\u10d2"}}\n\n',
    "\u2028ᲛᲗᲐᲕᲠᲣᲚᲘ \U0001f4dc\ttab \u0000 e\u0301 é",
)


@dataclass(frozen=True)
class Taken:
    """A request as it arrived."""

    event_id: str
    request_id: str
    content: bytes
    sha256: str


@dataclass(frozen=True)
class Given:
    """What is answered to a request: the same however often it is asked."""

    text: str
    attachments: tuple[tuple[str, bytes], ...]


def answer_to(request_id: str) -> Given:
    """The answer to a request, made from its id."""
    chance = random.Random(request_id)  # noqa: S311  # an answer is no secret
    names = ("პასუხი №1.pdf", "დანართი ბ.bin")
    attachments = tuple((name, chance.randbytes(chance.randrange(3000))) for name in names)
    return Given(f" {chance.choice(_TEXTS)}{request_id} \r\n", attachments)


@dataclass
class Institution:
    """Reads its queue with its own key, keeps the ids that it has seen, repeats its replies under their ids."""

    stack: Stack
    provider: str
    chance: random.Random
    taken: dict[str, Taken] = field(default_factory=dict)
    refused: dict[str, dict[str, Any]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    unanswered: list[Taken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sqs = self.stack.provider_sqs(self.provider)
        self._requests = self._url(requests_queue(self.stack.stage, self.provider))
        self._replies = self._url(replies_queue(self.stack.stage, self.provider))

    def _url(self, name: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def read(self) -> int:
        """Take what waits in the request queue; how many messages."""
        read = 0
        while messages := self._sqs.receive_message(
            QueueUrl=self._requests, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            for message in messages:
                self._take(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._requests, ReceiptHandle=message["ReceiptHandle"])
            read += len(messages)
        return read

    def _take(self, event: dict[str, Any]) -> None:
        if event["type"] == REFUSED:
            self.refused.setdefault(event["id"], event["data"])
            return
        part = event["data"]["application"]
        content = base64.b64decode(part["content_base64"])
        came = Taken(event["id"], event["subject"], content, hashlib.sha256(content).hexdigest())
        if (came.sha256, len(content)) != (part["sha256"], part["size"]):
            self.complaints.append(f"the bytes of {came.request_id} are not those of its digest")
        elif came.event_id not in self.taken:
            self.taken[came.event_id] = came
            self.unanswered.append(came)
        elif self.taken[came.event_id] != came:
            self.complaints.append(f"event {came.event_id} came with two contents")

    def answer(self, *, orderly: bool = False) -> int:
        """Send receipt and answer for what was taken: in any order and up to twice each, unless `orderly`."""
        bodies: list[str] = []
        for taken in self.unanswered:
            bodies += [self.receipt(taken), self.reply(taken)]
        self.unanswered.clear()
        if not orderly:
            bodies += [body for body in bodies if self.chance.random() < 0.3]
            self.chance.shuffle(bodies)
        self.say(bodies)
        return len(bodies)

    def receipt(self, taken: Taken, sha256: str | None = None) -> str:
        """The message "we have it"; `sha256` names other bytes than those that came."""
        data = {"request_id": taken.request_id, "sha256": sha256 or taken.sha256}
        return self._event("received", f"rcv-{taken.event_id}{'-wrong' if sha256 else ''}", data)

    def reply(self, taken: Taken) -> str:
        """The message with the answer."""
        given = answer_to(taken.request_id)
        data = {
            "request_id": taken.request_id,
            "body": _part(given.text.encode(), "text/plain"),
            "attachments": [
                {"name": name, **_part(content, "application/pdf")} for name, content in given.attachments
            ],
        }
        return self._event("answered", f"ans-{taken.event_id}", data)

    def say(self, bodies: Sequence[str]) -> None:
        """Put messages into the replies queue."""
        for body in bodies:
            self._sqs.send_message(QueueUrl=self._replies, MessageBody=body)

    def _event(self, kind: str, event_id: str, data: dict[str, Any]) -> str:
        event = {
            "specversion": "1.0",
            "id": event_id,
            "source": f"urn:karibche:provider:{self.provider}",
            "type": f"ge.karibche.request.{kind}.v1",
            "data": data,
        }
        return json.dumps(event, ensure_ascii=False)


def _part(content: bytes, media_type: str) -> dict[str, Any]:
    return {
        "media_type": media_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_base64": base64.b64encode(content).decode(),
    }
