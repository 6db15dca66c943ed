"""SQS queues: the providers' own, mail, refused replies, and dead letters."""

from dataclasses import dataclass
from typing import Any

from troposphere import If, NoValue, Ref, Template
from troposphere.sqs import Queue, QueuePolicy, RedrivePolicy

from chalicelib.core.names import resource_name
from infra.functions import FUNCTIONS
from infra.naming import arn_of, logical
from infra.parameters import TLS_ONLY
from infra.policies import allow, deny_without_tls, document
from infra.providers import Provider

RETENTION_SECONDS = 14 * 24 * 3600
RECEIVES_BEFORE_DEAD = 5
# AWS's own advice: six times what the function may take, so that a retry never overlaps its first try.
VISIBILITY_FACTOR = 6
_PROVIDER_VISIBILITY_SECONDS = 120
_KEY_REUSE_SECONDS = 300
_LONG_POLL_SECONDS = 20

_SENDERS = ("dispatch_outbox", "sweep_outbox", "receive_replies")
READ_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes")


@dataclass(frozen=True)
class QueueSpec:
    """One queue: what it is for, which function reads it, where its failures go."""

    thing: str
    consumer: str | None = None
    dead_letters: str | None = None

    @property
    def visibility(self) -> int:
        """Return for how long a received message stays hidden."""
        if self.consumer is None:
            return _PROVIDER_VISIBILITY_SECONDS
        return VISIBILITY_FACTOR * FUNCTIONS[self.consumer].timeout


def queue_specs(providers: tuple[Provider, ...]) -> tuple[QueueSpec, ...]:
    """Return every queue of a deployment with these providers."""
    return (
        QueueSpec("mail", consumer="send_mail", dead_letters="mail-dead"),
        QueueSpec("mail-dead"),
        QueueSpec("replies-dead"),
        QueueSpec("outbox-dead"),
        QueueSpec("replies-refused"),
        *(QueueSpec(provider.requests) for provider in providers),
        *(
            QueueSpec(provider.replies, consumer="receive_replies", dead_letters="replies-dead")
            for provider in providers
        ),
    )


def queue_id(thing: str) -> str:
    """Return the logical id of a queue."""
    return logical(thing, "Queue")


def add_queues(template: Template, stage: str, providers: tuple[Provider, ...]) -> None:
    """Add the queues and the policy of each."""
    for spec in queue_specs(providers):
        template.add_resource(_queue(stage, spec))
    for provider in providers:
        for thing in (provider.requests, provider.replies):
            template.add_resource(_policy(thing, *_provider_statements(stage, provider, thing)))
    for spec in queue_specs(()):
        template.add_resource(_policy(spec.thing))


def _policy(thing: str, *statements: dict[str, Any]) -> Any:
    """Return a queue's policy; one that says nothing but TLS exists only where TLS does."""
    refusal = deny_without_tls("sqs:*", [arn_of(thing, "Queue")])
    return QueuePolicy(
        logical(thing, "QueuePolicy"),
        Queues=[Ref(queue_id(thing))],
        PolicyDocument=document(If(TLS_ONLY, refusal, NoValue), *statements) if statements else document(refusal),
        **({} if statements else {"Condition": TLS_ONLY}),
    )


def _queue(stage: str, spec: QueueSpec) -> Any:
    optional: dict[str, Any] = {}
    if spec.dead_letters:
        optional["RedrivePolicy"] = RedrivePolicy(
            deadLetterTargetArn=arn_of(spec.dead_letters, "Queue"), maxReceiveCount=RECEIVES_BEFORE_DEAD
        )
    return Queue(
        queue_id(spec.thing),
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
        QueueName=resource_name(stage, spec.thing),
        MessageRetentionPeriod=RETENTION_SECONDS,
        VisibilityTimeout=spec.visibility,
        ReceiveMessageWaitTimeSeconds=_LONG_POLL_SECONDS,
        KmsMasterKeyId=arn_of("queue", "Key"),
        KmsDataKeyReusePeriodSeconds=_KEY_REUSE_SECONDS,
        **optional,
    )


def _provider_statements(stage: str, provider: Provider, thing: str) -> list[dict[str, Any]]:
    """Return who may do what at a provider's own queue: the provider, and the functions that need it."""
    queue = [arn_of(thing, "Queue")]
    itself = {"AWS": provider.principal(stage)}
    if thing == provider.requests:
        senders = {"AWS": [arn_of(name, "Role") for name in _SENDERS]}
        return [
            allow("ProviderReads", (*READ_ACTIONS, "sqs:GetQueueUrl"), queue, Principal=itself),
            allow("PortalWrites", ("sqs:SendMessage",), queue, Principal=senders),
        ]
    return [
        allow(
            "ProviderWrites",
            ("sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
            queue,
            Principal=itself,
        ),
        allow("PortalReads", READ_ACTIONS, queue, Principal={"AWS": arn_of("receive_replies", "Role")}),
    ]
