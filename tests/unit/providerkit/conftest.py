"""A provider's two queues in the process, with credentials that nobody owns."""

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from providerkit import QueueClient

REGION = "eu-central-1"


class Queues:
    """The portal's side of both queues."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", region_name=REGION)
        attributes = {"VisibilityTimeout": "0"}
        self.requests = self.sqs.create_queue(QueueName="requests", Attributes=attributes)["QueueUrl"]
        self.replies = self.sqs.create_queue(QueueName="replies")["QueueUrl"]

    def client(self) -> QueueClient:
        return QueueClient(requests=self.requests, replies="replies", region=REGION)

    def deliver(self, event: dict[str, Any] | str) -> None:
        body = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
        self.sqs.send_message(QueueUrl=self.requests, MessageBody=body)

    def sent(self) -> list[str]:
        """Every reply so far, oldest first."""
        found: list[str] = []
        while messages := self.sqs.receive_message(QueueUrl=self.replies, MaxNumberOfMessages=10).get("Messages"):
            found += [message["Body"] for message in messages]
        return found

    def waiting(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.requests, AttributeNames=names)["Attributes"]
        return sum(int(value) for value in found.values())


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield Queues()


def submitted(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A request as the portal sends it; `changes` go into its data."""
    application = json.dumps(
        {
            "service": {"id": "public-information", "version": 1},
            "addressee": "napr",
            "applicant": {"first_name": "ნინო", "personal_number": "98765432109"},
            "answers": {"addressee": "napr", "subject": "მშენებლობის ნებართვები"},
        },
        ensure_ascii=False,
    ).encode()
    request_id = f"req_{number:026d}"
    return {
        "specversion": "1.0",
        "id": f"evt_{number:026d}",
        "source": "urn:karibche:portal",
        "type": "ge.karibche.request.submitted.v1",
        "subject": request_id,
        "time": "2026-11-24T10:15:00Z",
        "datacontenttype": "application/json",
        "data": {
            "request_id": request_id,
            "registration_number": "2026-11840273-7",
            "service_id": "public-information",
            "service_version": 1,
            "provider": "napr",
            "submitted_at": "2026-11-24T10:15:00Z",
            "application": {
                "media_type": "application/json",
                "size": len(application),
                "sha256": hashlib.sha256(application).hexdigest(),
                "content_base64": base64.b64encode(application).decode(),
            },
        }
        | changes,
    }


def refused(reason: str = "malformed", reply_id: str | None = "rpl_1") -> dict[str, Any]:
    return submitted() | {
        "id": "evt_refused",
        "type": "ge.karibche.reply.refused.v1",
        "data": {
            "provider": "napr",
            "reply_id": reply_id,
            "reason": reason,
            "detail": "Not JSON.",
            "received_at": "2026-11-24T10:15:00Z",
        },
    }


@pytest.fixture(name="submitted")
def submitted_fixture() -> Any:
    return submitted


@pytest.fixture(name="refused")
def refused_fixture() -> Any:
    return refused
