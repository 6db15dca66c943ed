"""The SQS channel: each provider has a queue from which it reads, and nobody else does."""

from collections.abc import Mapping

from chalicelib import requests
from chalicelib.core import aws, clock
from chalicelib.core.outbox import Due
from chalicelib.core.settings import settings
from chalicelib.providers import messages


class UnknownProvider(Exception):
    """No queue is known for this provider."""


def deliver(due: Due) -> None:
    """Put a request into its provider's queue, the application's bytes as the citizen saw them.

    A repeat has the same event id. Raises UnknownProvider, KeyError for a request that isn't there.
    """
    head = requests.find_head(due.subject)
    if head is None:
        raise KeyError("request")
    content = requests.find_application(head)
    data = {
        "request_id": head.request_id,
        "registration_number": head.registration_number,
        "service_id": head.service_id,
        "service_version": head.service_version,
        "provider": head.provider,
        "submitted_at": clock.iso(head.submitted_at),
        "application": messages.inline(content, head.application_sha256, requests.MEDIA_TYPE),
    }
    time = clock.iso(due.created_at)
    send(due.destination, messages.event(messages.SUBMITTED, due.outbox_id, head.request_id, time, data))


def send(provider: str, body: str) -> None:
    """Put a message into a provider's queue. Raises UnknownProvider."""
    url = settings().provider_queues.get(provider)
    if url is None:
        raise UnknownProvider(provider)
    aws.sqs().send_message(QueueUrl=url, MessageBody=body)


def keep_refused(body: str, facts: Mapping[str, str]) -> None:
    """Put a message that was refused among those that people look at, with why and whose it is."""
    aws.sqs().send_message(
        QueueUrl=settings().refused_queue_url,
        MessageBody=body,
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in facts.items()},
    )
