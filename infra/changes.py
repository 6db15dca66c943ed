"""What a change set would do, and what is never done by one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What holds the citizens' data, or opens it, is neither replaced nor removed by a deployment.
STATEFUL_TYPES = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"})
# A queue may go with its provider, but is never put in place of one that holds messages.
NOT_REPLACED_TYPES = STATEFUL_TYPES | {"AWS::SQS::Queue"}


@dataclass(frozen=True)
class Change:
    """One resource that would change."""

    action: str
    id: str
    type: str
    replaces: bool

    def __str__(self) -> str:
        """Return the change as a line for the person who is asked."""
        return f"{self.action:<8}{self.type:<40}{self.id}{'  (REPLACES)' if self.replaces else ''}"


class Forbidden(Exception):
    """The change set would lose data or cannot work; the message says which resources and what to do."""


def read_changes(described: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Return the changes of CloudFormation's description of a change set."""
    resources = [entry["ResourceChange"] for entry in described if "ResourceChange" in entry]
    return [
        Change(
            resource["Action"],
            resource["LogicalResourceId"],
            resource["ResourceType"],
            resource.get("Replacement") == "True",
        )
        for resource in resources
    ]


def check_changes(changes: Iterable[Change]) -> None:
    """Raise Forbidden when a change would replace or remove what holds data."""
    lost = [
        change
        for change in changes
        if (change.replaces and change.type in NOT_REPLACED_TYPES)
        or (change.action == "Remove" and change.type in STATEFUL_TYPES)
    ]
    if lost:
        listed = "\n".join(f"  {change}" for change in lost)
        raise Forbidden(f"this deployment would lose data:\n{listed}\nAdd beside it, move the data, remove later.")


def check_indexes(deployed: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raise Forbidden when a table would gain or lose more than one index at once: DynamoDB refuses that."""
    for logical_id, resource in wanted.get("Resources", {}).items():
        before = deployed.get("Resources", {}).get(logical_id)
        if resource["Type"] != "AWS::DynamoDB::Table" or before is None:
            continue
        changed = _indexes(resource) ^ _indexes(before)
        if len(changed) > 1:
            raise Forbidden(f"{logical_id}: one index per deployment, not {', '.join(sorted(changed))}")


def _indexes(resource: Mapping[str, Any]) -> set[str]:
    return {index["IndexName"] for index in resource["Properties"].get("GlobalSecondaryIndexes", [])}


def stack_policy() -> dict[str, Any]:
    """Return the stack policy by which CloudFormation itself refuses the same things."""
    return {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["Update:Replace", "Update:Delete"],
                "Resource": "*",
                "Condition": {"StringEquals": {"ResourceType": sorted(STATEFUL_TYPES)}},
            },
        ]
    }
