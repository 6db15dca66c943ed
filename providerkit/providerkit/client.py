"""A provider's two queues, and the rule that each request is answered once.

SQS delivers at least once and in no promised order. `Inbox` remembers in a ledger how far each request has
come, and every reply's id, time and content follow from the request and that ledger: whatever is sent again
after a crash is the same message, which the portal recognises.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from providerkit import messages
from providerkit.ledger import Ledger
from providerkit.messages import Attachment, Refused, Submitted, UnreadableMessageError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_POLL = 20
"""Seconds that SQS holds a receive call open at most."""

_CONFIG = Config(connect_timeout=3, read_timeout=LONGEST_POLL + 10, retries={"total_max_attempts": 2})
_BATCH = 10


class QueueUnavailableError(Exception):
    """The queue, its endpoint or the permission to use it is missing right now; trying again may help."""


@dataclass(frozen=True)
class Delivery:
    """One delivery of a message. The receipt deletes it, until the next delivery of the same message."""

    message_id: str
    receipt: str
    body: str


class QueueClient:
    """The provider's ends of its request queue and its replies queue, each given by name or URL.

    Credentials come from boto3's ordinary chain: environment, profile, role.
    """

    def __init__(self, *, requests: str, replies: str, region: str, endpoint_url: str | None = None) -> None:
        session = boto3.session.Session(region_name=region)
        if session.get_credentials() is None:
            raise QueueUnavailableError("no AWS credentials found; set AWS_ACCESS_KEY_ID or AWS_PROFILE")
        self._sqs: SQSClient = session.client("sqs", endpoint_url=endpoint_url, config=_CONFIG)
        self._requests = requests
        self._replies = replies
        self._urls: dict[str, str] = {}

    def receive(self, wait: int) -> list[Delivery]:
        """Return what has arrived, waiting up to `wait` seconds for the first message."""
        try:
            answer = self._sqs.receive_message(
                QueueUrl=self._url(self._requests), MaxNumberOfMessages=_BATCH, WaitTimeSeconds=wait
            )
        except (ClientError, BotoCoreError) as error:
            raise QueueUnavailableError(_one_line(error)) from error
        return [
            Delivery(each["MessageId"], each["ReceiptHandle"], each["Body"]) for each in answer.get("Messages", [])
        ]

    def send(self, body: str) -> None:
        """Put one message on the replies queue."""
        try:
            self._sqs.send_message(QueueUrl=self._url(self._replies), MessageBody=body)
        except (ClientError, BotoCoreError) as error:
            raise QueueUnavailableError(_one_line(error)) from error

    def delete(self, receipt: str) -> None:
        """Take a message off the request queue for good."""
        try:
            self._sqs.delete_message(QueueUrl=self._url(self._requests), ReceiptHandle=receipt)
        except (ClientError, BotoCoreError) as error:
            raise QueueUnavailableError(_one_line(error)) from error

    def _url(self, queue: str) -> str:
        if "://" in queue:
            return queue
        if queue not in self._urls:
            self._urls[queue] = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        return self._urls[queue]


@dataclass(frozen=True)
class Outcome:
    """What one delivery was. Only a `request` calls for work; `problem` says why a message is `unreadable`."""

    kind: Literal["request", "double", "refused", "unreadable"]
    message_id: str
    request: Submitted | None = None
    refused: Refused | None = None
    problem: str = ""


class Inbox:
    """Requests in, replies out, each once.

    A message leaves the queue only when its answer has been sent and noted, so that a crash at any moment
    loses nothing. Unreadable messages stay in the queue for somebody to look at.
    """

    def __init__(
        self, queue: QueueClient, *, provider: str, state: Ledger, now: Callable[[], datetime] | None = None
    ) -> None:
        self._queue = queue
        self._provider = provider
        self._state = state
        self._now = now or (lambda: datetime.now(UTC))
        # By event, then by message: a double may be the same message again or another one with the same event.
        self._receipts: dict[str, dict[str, str]] = {}

    def poll(self, wait: int, waiting: AbstractContextManager[None] | None = None) -> Iterator[Outcome]:
        """Fetch what has arrived and tell of each message what it is; `waiting` surrounds the wait alone.

        Deal with each outcome before asking for the next: if the queue fails between two, the messages not
        yet told of come again.
        """
        deliveries: list[Delivery] = []
        with waiting or nullcontext():
            deliveries = self._queue.receive(wait)
        for delivery in deliveries:
            yield self._sort(delivery)

    def acknowledge(self, request: Submitted) -> str | None:
        """Send the receipt, unless the ledger says that it went out; return its id."""
        if self._step(request) != "seen":
            return None
        reply_id = messages.derived_reply_id(request.event_id, "received")
        self._queue.send(
            messages.received(request, provider=self._provider, reply_id=reply_id, at=self.began(request))
        )
        self._note(request, "received")
        return reply_id

    def answer(self, request: Submitted, text: str, attachments: tuple[Attachment, ...] = ()) -> str:
        """Send the answer and take the request off the queue; return the answer's id."""
        reply_id = messages.derived_reply_id(request.event_id, "answered")
        body = messages.answered(
            request.request_id,
            provider=self._provider,
            reply_id=reply_id,
            at=self.began(request),
            text=text,
            attachments=attachments,
        )
        self.finish(request, [body])
        return reply_id

    def finish(self, request: Submitted, bodies: Sequence[str]) -> None:
        """Send these messages as they are, in order, and take the request off the queue."""
        for body in bodies:
            self._queue.send(body)
        self._note(request, "answered")
        # If this fails, the message comes again and is taken off as a double.
        with suppress(QueueUnavailableError):
            for receipt in self._receipts.pop(request.event_id, {}).values():
                self._queue.delete(receipt)

    def began(self, request: Submitted) -> str:
        """Return when this request was first seen, the same after a restart: the time that replies carry."""
        row = self._state.get(request.event_id)
        return row["at"] if row else _utc(self._now())

    def _sort(self, delivery: Delivery) -> Outcome:
        try:
            message = messages.parse(delivery.body)
        except UnreadableMessageError as error:
            return Outcome("unreadable", delivery.message_id, problem=str(error))
        if isinstance(message, Refused):
            self._queue.delete(delivery.receipt)
            return Outcome("refused", delivery.message_id, refused=message)
        return self._sort_request(message, delivery)

    def _sort_request(self, request: Submitted, delivery: Delivery) -> Outcome:
        if self._step(request) == "answered":
            self._queue.delete(delivery.receipt)
            return Outcome("double", delivery.message_id, request=request)
        in_hand = request.event_id in self._receipts
        self._receipts.setdefault(request.event_id, {})[delivery.message_id] = delivery.receipt
        if in_hand:
            return Outcome("double", delivery.message_id, request=request)
        if self._step(request) is None:
            self._note(request, "seen")
        return Outcome("request", delivery.message_id, request=request)

    def _step(self, request: Submitted) -> str | None:
        row = self._state.get(request.event_id)
        return row["step"] if row else None

    def _note(self, request: Submitted, step: str) -> None:
        self._state.put(
            {
                "event_id": request.event_id,
                "request_id": request.request_id,
                "sha256": request.sha256,
                "at": self.began(request),
                "step": step,
            }
        )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _one_line(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"{error.response['Error'].get('Code', 'error')} at {error.operation_name}"
    return " ".join(str(error).split())
