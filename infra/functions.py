"""The functions: what each may use of time and memory, what wakes it, what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from troposphere import GetAtt, If, Ref, Sub

from chalicelib.core.names import resource_name
from infra.naming import arn_of, logical
from infra.parameters import TRACED
from infra.providers import Provider
from infra.stages import Stage

BATCH_SIZE = 10
STREAM_RETRIES = 5
STREAM_MAX_AGE_SECONDS = 6 * 3600
_REPORT_FAILURES = ["ReportBatchItemFailures"]


@dataclass(frozen=True)
class Function:
    """One Lambda function: `id` is Chalice's logical id, `thing` makes its deployed name."""

    id: str
    thing: str
    timeout: int
    memory: int = 512


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        # Passwords are hashed here: argon2 takes its time from the processor, which comes with memory.
        "api": Function("APIHandler", "api", timeout=20, memory=1024),
        "dispatch_outbox": Function("DispatchOutbox", "dispatch-outbox", timeout=30),
        "sweep_outbox": Function("SweepOutbox", "sweep-outbox", timeout=50),
        "receive_replies": Function("ReceiveReplies", "receive-replies", timeout=30),
        "send_mail": Function("SendMail", "send-mail", timeout=30),
    }
)


def function_name(stage: str, function: str) -> str:
    """Return the deployed name of a function."""
    return resource_name(stage, FUNCTIONS[function].thing)


def log_group_name(stage: str, function: str) -> str:
    """Return the log group into which Lambda writes for a function."""
    return f"/aws/lambda/{function_name(stage, function)}"


def function_overlay(stage: Stage, providers: tuple[Provider, ...]) -> dict[str, Any]:
    """Return the resources that complete what Chalice says of each function."""
    events = event_sources(providers)
    overlay: dict[str, Any] = {}
    for name, function in FUNCTIONS.items():
        overlay[function.id] = {
            "DependsOn": [_log_group_id(function)],
            "Properties": {
                "FunctionName": function_name(stage.name, name),
                "Role": arn_of(name, "Role"),
                "MemorySize": function.memory,
                "Timeout": function.timeout,
                "Architectures": [stage.architecture],
                "Tracing": If(TRACED, "Active", "PassThrough"),
                "Environment": {"Variables": environment(stage.name, providers)},
            },
        }
        if name in events:
            overlay[function.id]["Properties"]["Events"] = events[name]
        overlay[_log_group_id(function)] = {
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"LogGroupName": log_group_name(stage.name, name)},
        }
    # A sweep that fails is not repeated: the next one comes within a minute.
    overlay[FUNCTIONS["sweep_outbox"].id]["Properties"]["EventInvokeConfig"] = {
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
    }
    return overlay


def environment(stage: str, providers: tuple[Provider, ...]) -> dict[str, Any]:
    """Return what every function is told; `chalicelib.core.settings` reads it."""
    queues = ", ".join(f'"{provider.id}": "${{{logical(provider.requests, "Queue")}}}"' for provider in providers)
    return {
        "STAGE": stage,
        "PUBLIC_ORIGIN": Ref("PublicOrigin"),
        "MAIL_SENDER": Ref("MailSender"),
        "DATA_KEY_ARN": arn_of("data", "Key"),
        "LOOKUP_KEY_ARN": arn_of("lookup", "Key"),
        "VAULT_BUCKET": Ref("VaultBucket"),
        "PROVIDER_QUEUES": Sub(f"{{{queues}}}") if providers else "{}",
        "MAIL_QUEUE_URL": Ref(logical("mail", "Queue")),
        "REFUSED_QUEUE_URL": Ref(logical("replies-refused", "Queue")),
        "ORIGIN_SECRET": Ref("OriginSecret"),
        "TRACING": Ref("Tracing"),
    }


def event_sources(providers: tuple[Provider, ...]) -> dict[str, dict[str, Any]]:
    """Return what wakes each function. These replace what Chalice writes: it cannot say most of it."""
    return {
        "dispatch_outbox": {"Outbox": _outbox_stream()},
        "sweep_outbox": {
            "EveryMinute": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)", "Enabled": True}}
        },
        "receive_replies": {
            logical(f"replies-of-{provider.id}", ""): _queue(provider.replies) for provider in providers
        },
        "send_mail": {"Mail": _queue("mail")},
    }


def _outbox_stream() -> dict[str, Any]:
    """Return the relay's source: new outbox items only, so that marking one as sent wakes nobody."""
    return {
        "Type": "DynamoDB",
        "Properties": {
            "Stream": GetAtt(logical("outbox", "Table"), "StreamArn"),
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": BATCH_SIZE,
            "MaximumBatchingWindowInSeconds": 0,
            "FilterCriteria": {"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
            "FunctionResponseTypes": _REPORT_FAILURES,
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": STREAM_RETRIES,
            "MaximumRecordAgeInSeconds": STREAM_MAX_AGE_SECONDS,
            "DestinationConfig": {
                "OnFailure": {"Type": "SQS", "Destination": arn_of("outbox-dead", "Queue")},
            },
        },
    }


def _queue(thing: str) -> dict[str, Any]:
    return {
        "Type": "SQS",
        "Properties": {
            "Queue": arn_of(thing, "Queue"),
            "BatchSize": BATCH_SIZE,
            "MaximumBatchingWindowInSeconds": 0,
            "FunctionResponseTypes": _REPORT_FAILURES,
        },
    }


def _log_group_id(function: Function) -> str:
    # Chalice spells the API's function in two ways.
    return f"{function.id.replace('API', 'Api')}LogGroup"
