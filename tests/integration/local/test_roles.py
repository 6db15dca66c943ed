"""The journey runs under the functions' own roles: what a role may not do is refused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.core.names import requests_queue
from local import journey
from local.stack import Stack

pytestmark = pytest.mark.cloud


@contextmanager
def taken_away(stack: Stack, role: str, action: str) -> Iterator[None]:
    """One action less in a role's policies, for a while."""
    iam, name = stack.client("iam"), stack.physical_ids()[role]
    before: dict[str, Any] = {}
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        before[policy] = json.loads(document) if isinstance(document, str) else document
    assert action in json.dumps(before), f"{role} never had {action}"
    try:
        for policy, document in before.items():
            _put(stack, name, policy, {**document, "Statement": _without(document["Statement"], action)})
        yield
    finally:
        for policy, document in before.items():
            _put(stack, name, policy, document)


def _without(statements: Any, action: str) -> list[dict[str, Any]]:
    kept = []
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        left = [each for each in actions if each != action]
        if left:
            kept.append({**statement, "Action": left})
    return kept


def _put(stack: Stack, role: str, policy: str, document: Any) -> None:
    stack.client("iam").put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def test_the_api_without_one_action_fails_at_what_needs_it(stack: Stack, new_citizen: Any) -> None:
    citizen = new_citizen()
    assert citizen.api.get("/v1/profile").status == 200
    with taken_away(stack, "ApiRole", "dynamodb:GetItem"):
        assert citizen.api.get("/v1/profile").status >= 500
        assert citizen.api.get("/v1/terms").status == 200
    assert citizen.api.get("/v1/profile").status == 200


def test_the_dispatcher_without_one_action_relays_nothing(
    stack: Stack, new_citizen: Any, provider_sqs: Any
) -> None:
    """The request itself is safe: its transaction was the API's, and the sweeper will find it."""
    sqs, api = provider_sqs("tbilisi"), new_citizen().api
    queue = sqs.get_queue_url(QueueName=requests_queue(stack.stage, "tbilisi"))["QueueUrl"]
    with taken_away(stack, "DispatchOutboxRole", "dynamodb:GetItem"):
        refused = journey.sent(api, addressee="tbilisi")["request_id"]
        assert not _arrived(sqs, queue, refused, seconds=3)
    relayed = journey.sent(api, addressee="tbilisi")["request_id"]
    assert _arrived(sqs, queue, relayed, seconds=20)
    assert {item["request_id"] for item in api.get("/v1/requests").json()["items"]} == {refused, relayed}


def _arrived(sqs: Any, queue: str, request: str, seconds: int) -> bool:
    answer = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=seconds, MaxNumberOfMessages=10)
    return any(json.loads(message["Body"])["subject"] == request for message in answer.get("Messages", []))
