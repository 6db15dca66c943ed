"""The portal's functions in this process, woken as AWS wakes them: by REST, stream and SQS events."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pyotp

import app
from chalicelib.core import clock, crypto
from chalicelib.core.errors import Unavailable
from chalicelib.core.names import resource_name
from local import journey
from local.client import Answer, ApiClient
from local.cloud import ACCOUNT, REGION
from tests.faults.calls import Killed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pytest

    from local.stack import Stack
    from tests.faults.calls import Calls, Plan

BATCH = 10
LAST_TRY = 4  # a message received five times goes to the dead letters
_TICK = {"detail-type": "Scheduled Event", "source": "aws.events", "resources": [], "detail": {}, "version": "0"}
_TICK |= {"id": "tick", "account": ACCOUNT, "time": "1970-01-01T00:00:00Z", "region": REGION}
_ROUTES = {
    pattern: re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", re.sub(r"\.", r"\\.", pattern)))
    for pattern in app.app.routes
}


def no_fault(_number: int, _name: str) -> None:
    """Let every call pass."""


class Portal:
    """The real handlers against the embedded cloud, with a clock that the test moves."""

    def __init__(self, stack: Stack, calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stack = stack
        self.calls = calls
        self.plan: Plan = no_fault
        self.cold = False
        self.ahead = timedelta(0)
        monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + self.ahead)
        self.stream = Stream(stack)
        self.mail = Queue(stack, "mail")

    # -- the functions

    def wake(self, handler: Any, event: Mapping[str, Any], plan: Plan | None = None) -> Any:
        """What a function answers. One that is killed is started anew the next time. Raises Killed."""
        if self.cold:
            crypto.forget_data_keys()
        try:
            with self.calls.watching(plan or self.plan):
                return handler(dict(event), SimpleNamespace(aws_request_id=str(uuid.uuid4())))
        except Killed:
            crypto.forget_data_keys()
            raise

    def dispatch(self, records: Sequence[Mapping[str, Any]], plan: Plan | None = None) -> list[str]:
        """Hand stream records to the dispatcher; the sequence numbers that come again."""
        try:
            answer = self.wake(app.dispatch_outbox, {"Records": list(records)}, plan)
        except Killed:
            return [record["dynamodb"]["SequenceNumber"] for record in records]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def sweep(self, plan: Plan | None = None) -> bool:
        """Let the sweeper run; whether it came to its end. One that did not runs again a minute later."""
        try:
            self.wake(app.sweep_outbox, _TICK, plan)
        except (Killed, Unavailable):
            return False
        return True

    def consume(
        self, handler: Any, queue: Queue, messages: Sequence[Mapping[str, Any]], plan: Plan | None = None
    ) -> int:
        """Hand a queue's messages to the function that reads it, and delete what it took; how many."""
        last = any(int(message["Attributes"]["ApproximateReceiveCount"]) >= LAST_TRY for message in messages)
        try:
            answer = self.wake(handler, queue.event(messages), no_fault if last else plan)
        except Killed:
            failed = {message["MessageId"] for message in messages}
        else:
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        queue.settle(messages, failed)
        return len(messages) - len(failed)

    def unsent(self) -> list[str]:
        """The ids of outbox items that never left."""
        table = resource_name(self.stack.stage, "outbox")
        pages = self.stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, IndexName="due")
        return [item["outbox_id"]["S"] for page in pages for item in page["Items"]]

    def clear(self) -> None:
        """Forget everything that is on its way."""
        self.stream.fetch()
        dynamodb, sqs = self.stack.client("dynamodb"), self.stack.client("sqs")
        for outbox_id in self.unsent():
            dynamodb.delete_item(
                TableName=resource_name(self.stack.stage, "outbox"), Key={"outbox_id": {"S": outbox_id}}
            )
        for url in sqs.list_queues()["QueueUrls"]:
            sqs.purge_queue(QueueUrl=url)

    # -- people

    def operator(self) -> Browser:
        """A new operator's browser, signed in."""
        email = f"faults-{uuid.uuid4().hex[:8]}@karibche.example"
        made = self.stack.create_operator(email)
        browser = Browser(self)
        code = pyotp.TOTP(made["totp_key"]).now()
        body = {"email": email, "password": made["password"], "code": code}
        journey.expect(browser.post("/v1/operator/session", body), 200)
        return browser

    def admitted(self, operator: ApiClient) -> Person:
        """Somebody registered, signed in and ready to send."""
        person = journey.new_person()
        made = journey.registered(Browser(self, cookies=operator.cookies), person)
        browser = Browser(self)
        signing_in = {"email": person["email"], "password": made["one_time_password"]}
        journey.expect(browser.post("/v1/session", signing_in), 200)
        journey.expect(browser.put("/v1/session/password", {"new_password": journey.PASSWORD}), 200)
        journey.accept_terms(browser)
        browser.signing_in = {"email": person["email"], "password": journey.PASSWORD}
        return Person(browser, made["citizen_id"], person["email"])


@dataclass(frozen=True)
class Person:
    """A citizen, signed in."""

    api: Browser
    citizen_id: str
    email: str


class Browser(ApiClient):
    """Somebody's browser: what it sends reaches the API's function as API Gateway hands it over."""

    def __init__(self, portal: Portal, cookies: dict[str, str] | None = None) -> None:
        super().__init__(portal.stack.site_port, cookies=dict(cookies or {}))
        self.portal = portal
        self.signing_in: dict[str, str] | None = None

    def request(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send exactly this; somebody whose session has ended signs in again. Raises Killed."""
        answer = self._request(method, path, content, headers or {})
        if answer.status == 401 and self.signing_in:
            signing_in, self.signing_in = self.signing_in, None
            journey.expect(self.post("/v1/session", signing_in), 200)
            self.signing_in = signing_in
            answer = self._request(method, path, content, headers or {})
        return answer

    def _request(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        event = rest_event(method, path.removeprefix("/api"), content, {**headers, "Cookie": cookies})
        said = self.portal.wake(app.app, event)
        for line in said.get("multiValueHeaders", {}).get("Set-Cookie", ()):
            self._keep(line)
        answered = {name.lower(): value for name, value in said["headers"].items()}
        return Answer(said["statusCode"], answered, said["body"].encode())


def rest_event(method: str, target: str, content: bytes | None, headers: Mapping[str, str]) -> dict[str, Any]:
    """What API Gateway hands to the function (REST, Lambda proxy)."""
    parts = urlsplit(target)
    pattern, params = next(
        (pattern, found.groupdict())
        for pattern, shape in _ROUTES.items()
        if (found := shape.fullmatch(parts.path))
    )
    query = dict(parse_qsl(parts.query))
    return {
        "resource": pattern,
        "path": parts.path,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": params or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": pattern,
            "httpMethod": method,
            "path": f"/api{parts.path}",
            "stage": "api",
            "requestId": str(uuid.uuid4()),
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": content.decode() if content is not None else None,
        "isBase64Encoded": False,
    }


class Stream:
    """The outbox's stream from now on, filtered as the template filters it."""

    def __init__(self, stack: Stack) -> None:
        self._client = stack.client("dynamodbstreams")
        table = stack.client("dynamodb").describe_table(TableName=resource_name(stack.stage, "outbox"))
        self.arn = table["Table"]["LatestStreamArn"]
        shard = self._client.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"][0]["ShardId"]
        self._iterator = self._client.get_shard_iterator(
            StreamArn=self.arn, ShardId=shard, ShardIteratorType="LATEST"
        )["ShardIterator"]

    def fetch(self) -> list[dict[str, Any]]:
        """The records of new outbox items since the last time, as a function gets them."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._client.get_records(ShardIterator=self._iterator, Limit=1000)
            self._iterator = page["NextShardIterator"]
            found += [self._record(record) for record in page["Records"] if record["eventName"] == "INSERT"]
            if not page["Records"]:
                return found

    def _record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        change = dict(record["dynamodb"])
        change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
        return {**record, "dynamodb": change, "eventSourceARN": self.arn}


class Queue:
    """A queue of the portal as its event source reads it."""

    def __init__(self, stack: Stack, thing: str) -> None:
        self._client = stack.client("sqs")
        self.name = resource_name(stack.stage, thing)
        self.url = self._client.get_queue_url(QueueName=self.name)["QueueUrl"]
        self.arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}"

    def receive(self, limit: int = BATCH) -> list[dict[str, Any]]:
        """Some of the messages that wait."""
        found = self._client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=limit,
            WaitTimeSeconds=0,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [dict(message) for message in found.get("Messages", ())]

    def drain(self) -> list[dict[str, Any]]:
        """All the messages that wait."""
        found: list[dict[str, Any]] = []
        while page := self.receive():
            found += page
        return found

    def event(self, messages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """What the function gets for these messages."""
        return {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                    "messageAttributes": {},
                    "md5OfBody": message["MD5OfBody"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": self.arn,
                    "awsRegion": REGION,
                }
                for message in messages
            ]
        }

    def settle(self, messages: Sequence[Mapping[str, Any]], failed: set[str]) -> None:
        """Delete what was done and show again at once what failed."""
        for start in range(0, len(messages), BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + BATCH])
                if message["MessageId"] not in failed
            ]
            if entries:
                self._client.delete_message_batch(QueueUrl=self.url, Entries=entries)
        for message in messages:
            if message["MessageId"] in failed:
                self._client.change_message_visibility(
                    QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )

    def waiting(self) -> int:
        """How many messages lie here."""
        found = self._client.get_queue_attributes(
            QueueUrl=self.url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(int(number) for number in found.values())


def listed(citizen: Person, path: str) -> Iterator[dict[str, Any]]:
    """Everything in one of a citizen's lists."""
    cursor: str | None = ""
    while cursor is not None:
        page = journey.expect(citizen.api.get(f"{path}?limit=100{cursor}"), 200)
        yield from page["items"]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
