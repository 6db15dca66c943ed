"""Logical ids: the names of resources inside the template."""

from typing import Any

from troposphere import GetAtt, Sub


def logical(thing: str, kind: str) -> str:
    """Return the logical id of `thing`, e.g. `provider-napr-requests`, `Queue` → `ProviderNaprRequestsQueue`."""
    return "".join(part[:1].upper() + part[1:] for part in thing.replace("_", "-").split("-")) + kind


def arn_of(thing: str, kind: str) -> Any:
    """Return the reference to a resource's ARN."""
    return GetAtt(logical(thing, kind), "Arn")


def arn(service: str, resource: str) -> Any:
    """Return the ARN of something in this account and region whose name is known beforehand."""
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")
