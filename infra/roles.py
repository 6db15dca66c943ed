"""One role per function, and what each may do, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from troposphere import GetAtt, If, Join, NoValue, Ref, Select, Split, Sub, Template
from troposphere.iam import Policy, Role

from chalicelib.core.names import resource_name
from infra.functions import FUNCTIONS, log_group_name
from infra.naming import arn, arn_of, logical
from infra.parameters import TRACED
from infra.policies import allow, document
from infra.providers import Provider

_READ_QUEUE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_READ_STREAM = (
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:DescribeStream",
    "dynamodb:ListStreams",
)

# Queues of every provider, whatever their ids.
ALL_REQUESTS = "provider-*-requests"
ALL_REPLIES = "provider-*-replies"


@dataclass(frozen=True)
class Grants:
    """What one function does: DynamoDB actions by table, indexes it queries, queues, keys, the vault, mail.

    `own_key` are the actions on the key of citizens' data; encryption of queues is added where queues are used.
    """

    tables: Mapping[str, tuple[str, ...]]
    indexes: tuple[tuple[str, str], ...] = ()
    reads_stream_of: tuple[str, ...] = ()
    sends_to: tuple[str, ...] = ()
    reads_from: tuple[str, ...] = ()
    data_key: tuple[str, ...] = ()
    lookup_key: tuple[str, ...] = ()
    vault: tuple[str, ...] = ()
    sends_mail: bool = False


RELAY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "outbox": ("GetItem", "UpdateItem"),
        "requests": ("GetItem",),
        "keys": ("GetItem",),
        "sessions": ("DeleteItem",),
    }
)
GRANTS: Mapping[str, Grants] = MappingProxyType(
    {
        "api": Grants(
            tables={
                "sessions": ("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
                "citizens": ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
                "keys": ("GetItem", "PutItem"),
                "operators": ("GetItem", "UpdateItem"),
                "throttles": ("GetItem", "PutItem", "DeleteItem"),
                "trust": ("GetItem",),
                "catalogue": ("GetItem",),
                "drafts": ("GetItem", "PutItem", "DeleteItem", "Query"),
                "requests": ("PutItem", "Query"),
                "idempotency": ("GetItem", "PutItem"),
                "outbox": ("PutItem",),
                "notices": ("GetItem", "PutItem", "UpdateItem", "Query"),
                "documents": ("GetItem",),
            },
            indexes=(("sessions", "by-subject"), ("requests", "by-citizen")),
            data_key=("kms:GenerateDataKey", "kms:Decrypt"),
            lookup_key=("kms:GenerateMac",),
            vault=("s3:GetObject",),
        ),
        "dispatch_outbox": Grants(
            tables=RELAY,
            indexes=(("sessions", "by-subject"),),
            reads_stream_of=("outbox",),
            sends_to=(ALL_REQUESTS, "mail", "outbox-dead"),
            data_key=("kms:Decrypt",),
        ),
        "sweep_outbox": Grants(
            tables=RELAY,
            indexes=(("outbox", "due"), ("sessions", "by-subject")),
            sends_to=(ALL_REQUESTS, "mail"),
            data_key=("kms:Decrypt",),
        ),
        "receive_replies": Grants(
            tables={
                "requests": ("GetItem", "PutItem", "UpdateItem"),
                "keys": ("GetItem",),
                "notices": ("PutItem",),
                "documents": ("PutItem",),
                "outbox": ("PutItem",),
            },
            sends_to=(ALL_REQUESTS, "replies-refused"),
            reads_from=(ALL_REPLIES,),
            data_key=("kms:GenerateDataKey", "kms:Decrypt"),
            vault=("s3:PutObject",),
        ),
        "send_mail": Grants(
            tables={"notices": ("GetItem", "UpdateItem"), "citizens": ("GetItem",), "keys": ("GetItem",)},
            reads_from=("mail",),
            data_key=("kms:Decrypt",),
            sends_mail=True,
        ),
    }
)


def add_roles(template: Template, stage: str, providers: tuple[Provider, ...]) -> None:
    """Add every function's role."""
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    for name in FUNCTIONS:
        own = Policy(PolicyName="function", PolicyDocument=document(*statements(stage, name, providers)))
        template.add_resource(
            Role(
                logical(name, "Role"),
                RoleName=resource_name(stage, FUNCTIONS[name].thing),
                AssumeRolePolicyDocument=document(trusted),
                Policies=[own, If(TRACED, _tracing(), NoValue)],
            )
        )


def _tracing() -> Any:
    """Return the permission to trace, which a role has only while tracing is on.

    It stands in the role itself: Lambda refuses to trace a function whose role may not yet.
    """
    # X-Ray has no resources to name.
    trace = allow("Trace", ("xray:PutTraceSegments", "xray:PutTelemetryRecords"), ("*",))
    return Policy(PolicyName="tracing", PolicyDocument=document(trace))


def statements(stage: str, name: str, providers: tuple[Provider, ...]) -> list[dict[str, Any]]:
    """Return the statements of a function's role."""
    grants = GRANTS[name]
    log_streams = arn("logs", f"log-group:{log_group_name(stage, name)}:*")
    found = [allow("Log", ("logs:CreateLogStream", "logs:PutLogEvents"), (log_streams,))]
    found += _table_statements(stage, grants)
    found += _queue_statements(grants, providers)
    if grants.data_key:
        found.append(allow("CitizensData", grants.data_key, (arn_of("data", "Key"),)))
    if grants.lookup_key:
        found.append(allow("LookUps", grants.lookup_key, (arn_of("lookup", "Key"),)))
    if grants.vault:
        found.append(allow("Vault", grants.vault, (Sub("${VaultBucket.Arn}/*"),)))
    if grants.sends_mail:
        found.append(_mail_statement())
    return found


def _table_statements(stage: str, grants: Grants) -> list[dict[str, Any]]:
    found = [
        allow(
            logical(thing, "Table"),
            tuple(f"dynamodb:{action}" for action in actions),
            (arn_of(thing, "Table"),),
        )
        for thing, actions in grants.tables.items()
    ]
    found += [
        allow(
            logical(f"{thing}-{index}", "Index"),
            ("dynamodb:Query",),
            (arn("dynamodb", f"table/{resource_name(stage, thing)}/index/{index}"),),
        )
        for thing, index in grants.indexes
    ]
    found += [
        allow(logical(thing, "Stream"), _READ_STREAM, (GetAtt(logical(thing, "Table"), "StreamArn"),))
        for thing in grants.reads_stream_of
    ]
    return found


def _queue_statements(grants: Grants, providers: tuple[Provider, ...]) -> list[dict[str, Any]]:
    sends_to = _expanded(grants.sends_to, providers)
    reads_from = _expanded(grants.reads_from, providers)
    found = []
    if sends_to:
        found.append(allow("Send", ("sqs:SendMessage",), [arn_of(thing, "Queue") for thing in sends_to]))
    if reads_from:
        found.append(allow("Receive", _READ_QUEUE, [arn_of(thing, "Queue") for thing in reads_from]))
    if sends_to or reads_from:
        # Sending takes both (SQS checks that it could read back), receiving only the second.
        actions = ("kms:GenerateDataKey", "kms:Decrypt") if sends_to else ("kms:Decrypt",)
        found.append(allow("EncryptedQueues", actions, (arn_of("queue", "Key"),)))
    return found


def _expanded(things: tuple[str, ...], providers: tuple[Provider, ...]) -> list[str]:
    """Return `things` with the providers' queues in place of the words for all of them."""
    everyone = {
        ALL_REQUESTS: [provider.requests for provider in providers],
        ALL_REPLIES: [provider.replies for provider in providers],
    }
    return [name for thing in things for name in everyone.get(thing, [thing])]


def _mail_statement() -> dict[str, Any]:
    """Return the permission to write as the sender, whether its address or its domain is verified in SES."""
    sender = Ref("MailSender")
    domain = Select(1, Split("@", sender))
    identities = [
        Join("", [arn("ses", "identity/"), sender]),
        Join("", [arn("ses", "identity/"), domain]),
    ]
    only = {"StringEquals": {"ses:FromAddress": sender}}
    return allow("Mail", ("ses:SendEmail",), identities, Condition=only)
