"""Queues: kept, encrypted, named to their provider alone, and with a place for what fails."""

from typing import Any

import pytest

from infra.functions import FUNCTIONS
from infra.providers import read_providers
from infra.queues import queue_specs
from infra.stages import ROOT

PROVIDERS = read_providers(ROOT / "catalogue")
DAY = 24 * 3600


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def consumed_queues(template: Any) -> dict[str, str]:
    """Return the function that reads each queue, from the event sources themselves."""
    found = {}
    for name, function in template.of_type("Serverless::Function").items():
        for event in function["Properties"].get("Events", {}).values():
            if event["Type"] == "SQS":
                found[event["Properties"]["Queue"]["Fn::GetAtt"][0]] = name
    return found


def test_there_are_the_queues_of_the_providers_and_our_own(template: Any) -> None:
    names = {found["Properties"]["QueueName"] for found in template.of_type("SQS::Queue").values()}
    of_providers = {f"provider-{p.id}-{way}" for p in PROVIDERS for way in ("requests", "replies")}

    assert names == {
        f"karibche-test-{thing}"
        for thing in ("mail", "mail-dead", "replies-dead", "outbox-dead", "replies-refused", *of_providers)
    }
    assert len(PROVIDERS) >= 3


def test_every_queue_keeps_two_weeks_encrypted(template: Any) -> None:
    for name, queue in template.of_type("SQS::Queue").items():
        assert queue["Properties"]["MessageRetentionPeriod"] == 14 * DAY, name
        assert queue["Properties"]["KmsMasterKeyId"] == arn("QueueKey"), name


def test_every_queue_that_feeds_a_function_has_dead_letters_and_time(template: Any) -> None:
    consumed = consumed_queues(template)

    assert len(consumed) == len(PROVIDERS) + 1
    for name, function in consumed.items():
        queue = template.properties(name)
        dead = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
        assert template.properties(dead)["MessageRetentionPeriod"] >= queue["MessageRetentionPeriod"]
        assert queue["VisibilityTimeout"] >= 6 * template.properties(function)["Timeout"], name


def test_no_queue_of_dead_letters_has_a_consumer(template: Any) -> None:
    assert not {name for name in consumed_queues(template) if "Dead" in name or "Refused" in name}


def test_the_specification_is_what_the_event_sources_say(template: Any) -> None:
    from_specs = {
        template.properties(name)["QueueName"]: function for name, function in consumed_queues(template).items()
    }
    assert from_specs == {
        f"karibche-test-{spec.thing}": FUNCTIONS[spec.consumer].id
        for spec in queue_specs(PROVIDERS)
        if spec.consumer
    }


def policies_of(template: Any) -> dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
    found = {}
    for resource in template.of_type("SQS::QueuePolicy").values():
        queue = resource["Properties"]["Queues"][0]["Ref"]
        statements = resource["Properties"]["PolicyDocument"]["Statement"]
        found[queue] = (resource, statements)
    return found


def test_every_queue_refuses_plain_http(template: Any) -> None:
    policies = policies_of(template)

    assert set(policies) == set(template.of_type("SQS::Queue"))
    for name, (resource, statements) in policies.items():
        if "Condition" in resource:
            assert resource["Condition"] == "TlsOnly"
            refusal = statements[0]
        else:
            condition, refusal, otherwise = statements[0]["Fn::If"]
            assert (condition, otherwise) == ("TlsOnly", {"Ref": "AWS::NoValue"})
        assert refusal["Effect"] == "Deny"
        assert refusal["Principal"] == "*"
        assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert refusal["Resource"] == [arn(name)]


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.id)
def test_a_providers_queues_name_that_provider_and_our_functions_alone(provider: Any, template: Any) -> None:
    policies = policies_of(template)
    who = f"Provider{provider.id.capitalize()}"
    user = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:user/karibche-test-provider-{provider.id}"
    itself = {
        "Fn::If": [
            f"Has{who}Principal",
            {"Ref": f"{who}Principal"},
            {"Fn::Sub": user},
        ]
    }

    _, reading, sending = policies[f"{who}RequestsQueue"][1]
    assert reading["Principal"] == {"AWS": itself}
    assert "sqs:SendMessage" not in reading["Action"]
    assert sending["Principal"] == {
        "AWS": [arn(f"{role}Role") for role in ("DispatchOutbox", "SweepOutbox", "ReceiveReplies")]
    }
    assert sending["Action"] == ["sqs:SendMessage"]

    _, writing, receiving = policies[f"{who}RepliesQueue"][1]
    assert writing["Principal"] == {"AWS": itself}
    assert "sqs:ReceiveMessage" not in writing["Action"]
    assert receiving["Principal"] == {"AWS": arn("ReceiveRepliesRole")}
    assert "sqs:SendMessage" not in receiving["Action"]


def test_our_own_queues_grant_nothing_to_anybody(template: Any) -> None:
    for name, (_, statements) in policies_of(template).items():
        if not name.startswith("Provider"):
            assert [statement["Effect"] for statement in statements] == ["Deny"], name
