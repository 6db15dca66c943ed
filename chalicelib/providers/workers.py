from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib.core import batch
from chalicelib.core.names import provider_of_replies_queue
from chalicelib.core.settings import settings
from chalicelib.providers import replies

# Lambda enters through app.py, which wires what the functions need.
workers = Blueprint("app")


class ForeignQueue(Exception):
    """A message came from a queue that belongs to no provider."""


@workers.on_sqs_message(queue_arn="placeholder", batch_size=10, name="receive_replies")
def receive_replies(event: SQSEvent) -> dict[str, Any]:
    """Take what providers wrote into their replies queues."""
    return batch.each("reply", event.to_dict()["Records"], lambda record: str(record["messageId"]), _take)


def _take(record: dict[str, Any]) -> None:
    provider = provider_of_replies_queue(settings().stage, record["eventSourceARN"])
    if provider not in settings().provider_queues:
        raise ForeignQueue
    sent_at_ms = int(record["attributes"]["SentTimestamp"])
    replies.take(provider, record["messageId"], sent_at_ms, record["body"])
