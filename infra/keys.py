"""KMS keys. Their policies name who may use them; roles say for what."""

from typing import Any, ClassVar

from troposphere import Ref, Sub, Template, kms

from chalicelib.core.names import resource_name
from infra.naming import arn, logical
from infra.providers import Provider

_PENDING_DAYS = 30


class MacKey(kms.Key):  # type: ignore[misc]  # troposphere has no types
    """A key that makes message authentication codes; troposphere does not know that usage yet."""

    props: ClassVar[dict[str, Any]] = {**kms.Key.props, "KeyUsage": (str, True)}


def add_keys(template: Template, stage: str, providers: tuple[Provider, ...]) -> None:
    """Add the keys for citizens' data and the vault, for look-ups, and for messages in queues."""
    for thing, key in (
        ("data", _key(kms.Key, "data", [], EnableKeyRotation=True)),
        ("lookup", _key(MacKey, "lookup", [], KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")),
        ("queue", _key(kms.Key, "queue", _queue_users(stage, providers), EnableKeyRotation=True)),
    ):
        template.add_resource(key)
        template.add_resource(
            kms.Alias(
                logical(thing, "KeyAlias"),
                AliasName=f"alias/{resource_name(stage, thing)}",
                TargetKeyId=Ref(key),
            )
        )


def _key(kind: Any, thing: str, users: list[dict[str, Any]], **properties: Any) -> Any:
    return kind(
        logical(thing, "Key"),
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
        Description=f"Karibche: {thing}",
        PendingWindowInDays=_PENDING_DAYS,
        KeyPolicy={"Version": "2012-10-17", "Statement": [_account(), *users]},
        **properties,
    )


def _account() -> dict[str, Any]:
    """Return the statement that lets this account's own policies decide, as every key policy must begin."""
    return {
        "Sid": "PoliciesOfThisAccountDecide",
        "Effect": "Allow",
        "Principal": {"AWS": Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
        "Action": "kms:*",
        "Resource": "*",
    }


def _queue_users(stage: str, providers: tuple[Provider, ...]) -> list[dict[str, Any]]:
    """Return the statements for those who use encrypted queues without being functions of ours."""
    via_sqs = {"StringEquals": {"kms:ViaService": Sub("sqs.${AWS::Region}.amazonaws.com")}}
    alarms = {"ArnLike": {"aws:SourceArn": arn("cloudwatch", f"alarm:{resource_name(stage, '*')}")}}
    return [
        *(
            {
                "Sid": logical(f"provider-{provider.id}", "AtItsQueues"),
                "Effect": "Allow",
                "Principal": {"AWS": provider.principal(stage)},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": "*",
                "Condition": via_sqs,
            }
            for provider in providers
        ),
        {
            "Sid": "AlarmsToTheirTopic",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": alarms,
        },
    ]
