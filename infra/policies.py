"""Statements that several resource policies share."""

from collections.abc import Sequence
from typing import Any


def document(*statements: Any) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], resources: Sequence[Any], **more: Any) -> dict[str, Any]:
    """Return a statement that allows; `more` is a principal or a condition."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)} | more


def deny_without_tls(action: str, resources: Sequence[Any]) -> dict[str, Any]:
    """Return the statement that refuses plain HTTP to everybody."""
    return {
        "Sid": "NothingWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
