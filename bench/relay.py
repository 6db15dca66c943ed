"""From the portal's 201 to the provider's receipt: gateway, function, outbox, stream, dispatcher, queue."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError

from bench.table import Section, quantile
from chalicelib.core.names import requests_queue
from local import journey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.stack import Stack

REQUESTS = 60
PROVIDER = "napr"
_PATIENCE_SECONDS = 90.0
_LONG_POLL_SECONDS = 20


class NotDeliveredError(Exception):
    """A request did not reach its provider in time."""


class Reader(threading.Thread):
    """A provider's program: it reads its queue by long polling, under its own access key, and notes when."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self._sqs = stack.provider_sqs(PROVIDER)
        self._queue = self._sqs.get_queue_url(QueueName=requests_queue(stack.stage, PROVIDER))["QueueUrl"]
        self._seen: dict[str, float] = {}
        self._news = threading.Condition()
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            with suppress(BotoCoreError):  # the cloud may end during the last poll
                self._poll()

    def _poll(self) -> None:
        got = self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=_LONG_POLL_SECONDS
        )
        moment = time.monotonic()
        for message in got.get("Messages", []):
            with self._news:
                self._seen.setdefault(json.loads(message["Body"])["subject"], moment)
                self._news.notify_all()
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])

    def received_at(self, request_id: str) -> float:
        """The moment at which the request came. Raises NotDeliveredError."""
        with self._news:
            if not self._news.wait_for(lambda: request_id in self._seen, _PATIENCE_SECONDS):
                raise NotDeliveredError(request_id)
            return self._seen[request_id]

    def stop(self) -> None:
        """Let the poll that waits now be the last."""
        self._stopped.set()


def measure(stack: Stack, requests: int = REQUESTS) -> Section:
    """Send requests one after the other and wait for each at the provider."""
    citizen = journey.admitted(journey.signed_in_operator(stack))
    reader = Reader(stack)
    reader.start()
    sending, relaying = [], []
    for number in range(requests + 1):
        draft_id, etag, _ = journey.checked_draft(citizen.api, {**journey.ANSWERS, "addressee": PROVIDER})
        begun = time.monotonic()
        answer = citizen.api.post("/v1/requests", {"draft_id": draft_id}, key=True, match=etag)
        answered = time.monotonic()
        request_id = journey.expect(answer, 201)["request_id"]
        received = reader.received_at(request_id)
        if number:  # the first wakes the workers
            sending.append(answered - begun)
            relaying.append(received - answered)
    reader.stop()
    return Section(
        "Relay on the embedded cloud",
        ("ms", "p50", "p90", "least", "most"),
        [_row("POST /v1/requests until its 201", sending), _row("201 until the provider's receipt", relaying)],
        f"{requests} requests, one at a time, over the site's own address; the provider reads by long polling "
        "with its own access key. The embedded cloud's long polling looks every 100 ms, which is most of the "
        "second row; AWS has other intervals. Below zero: the provider had the request before the citizen had "
        "the answer.",
    )


def _row(name: str, seconds: Sequence[float]) -> tuple[str, ...]:
    figures = (quantile(seconds, 0.5), quantile(seconds, 0.9), min(seconds), max(seconds))
    return (name, *(f"{figure * 1000:.0f}" for figure in figures))
