"""Roles: each function may do what it does, and nothing else."""

from typing import Any

import pytest

from infra.functions import FUNCTIONS
from infra.providers import read_providers
from infra.roles import GRANTS
from infra.stages import ROOT

PROVIDERS = read_providers(ROOT / "catalogue")

# The only wildcards, each with its reason.
WILDCARD_ACTIONS = {
    ("DataKey", "kms:*"),  # AWS's own opening of every key policy: this account's policies decide
    ("LookupKey", "kms:*"),
    ("QueueKey", "kms:*"),
}
WILDCARD_RESOURCES = {
    "PoliciesOfThisAccountDecide",  # in a key's policy `*` is that key
    "AlarmsToTheirTopic",
    *(f"Provider{provider.id.capitalize()}AtItsQueues" for provider in PROVIDERS),
    "Trace",  # X-Ray has no resources
}

# What each function does at each table: written down here a second time, so that a grant is not added unseen.
READS_KEY = {"GetItem"}
RELAY = {
    "outbox": {"GetItem", "UpdateItem"},
    "requests": {"GetItem"},
    "keys": READS_KEY,
    "sessions": {"DeleteItem"},
}
TABLES: dict[str, dict[str, set[str]]] = {
    "api": {
        "sessions": {"GetItem", "PutItem", "UpdateItem", "DeleteItem"},
        "citizens": {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"},
        "keys": {"GetItem", "PutItem"},
        "operators": {"GetItem", "UpdateItem"},
        "throttles": {"GetItem", "PutItem", "DeleteItem"},
        "trust": {"GetItem"},
        "catalogue": {"GetItem"},
        "drafts": {"GetItem", "PutItem", "DeleteItem", "Query"},
        "requests": {"PutItem", "Query"},
        "idempotency": {"GetItem", "PutItem"},
        "outbox": {"PutItem"},
        "notices": {"GetItem", "PutItem", "UpdateItem", "Query"},
        "documents": {"GetItem"},
    },
    "dispatch_outbox": RELAY,
    "sweep_outbox": RELAY,
    "receive_replies": {
        "requests": {"GetItem", "PutItem", "UpdateItem"},
        "keys": READS_KEY,
        "notices": {"PutItem"},
        "documents": {"PutItem"},
        "outbox": {"PutItem"},
    },
    "send_mail": {"notices": {"GetItem", "UpdateItem"}, "citizens": {"GetItem"}, "keys": READS_KEY},
}
INDEXES = {
    "api": {"sessions/index/by-subject", "requests/index/by-citizen"},
    "dispatch_outbox": {"sessions/index/by-subject"},
    "sweep_outbox": {"outbox/index/due", "sessions/index/by-subject"},
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(template: Any, function: str) -> dict[str, dict[str, Any]]:
    role = template.properties("".join(part.capitalize() for part in function.split("_")) + "Role")
    policy, _ = role["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


def test_no_action_is_a_wildcard_but_the_listed(template: Any) -> None:
    found = {
        (name, action)
        for name, statement in template.policies()
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        if "*" in action
    }
    assert found == WILDCARD_ACTIONS


def test_no_resource_is_a_wildcard_but_the_listed(template: Any) -> None:
    found = {
        statement["Sid"]
        for _, statement in template.policies()
        if statement["Effect"] == "Allow" and "*" in listed(statement.get("Resource", []))
    }
    assert found == WILDCARD_RESOURCES


def test_nobody_is_a_principal_at_large(template: Any) -> None:
    for name, statement in template.policies():
        if statement["Effect"] == "Allow":
            assert statement.get("Principal") != "*", name
            assert statement.get("Principal") != {"AWS": "*"}, name


def test_a_role_belongs_to_lambda_alone(template: Any) -> None:
    for role in template.of_type("IAM::Role").values():
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert "ManagedPolicyArns" not in role["Properties"]


def test_there_is_a_role_for_every_function_and_no_other(template: Any) -> None:
    assert set(GRANTS) == set(FUNCTIONS)
    assert len(template.of_type("IAM::Role")) == len(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_tables_are_granted_exactly(function: str, template: Any) -> None:
    granted = {}
    for statement in statements(template, function).values():
        (resource, *more) = statement["Resource"]
        table = resource.get("Fn::GetAtt", [""])[0]
        if table.endswith("Table") and resource["Fn::GetAtt"][1] == "Arn":
            assert not more
            granted[table] = {action.removeprefix("dynamodb:") for action in statement["Action"]}

    assert granted == {f"{thing.capitalize()}Table": actions for thing, actions in TABLES[function].items()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_indexes_are_granted_by_name_for_queries_alone(function: str, template: Any) -> None:
    found = set()
    for statement in statements(template, function).values():
        name = statement["Resource"][0].get("Fn::Sub", "")
        if "/index/" in name:
            found.add(name.rpartition("table/karibche-test-")[2])
            assert statement["Action"] == ["dynamodb:Query"]

    assert found == INDEXES.get(function, set())


def test_only_the_relay_reads_the_stream(template: Any) -> None:
    readers = {function for function in FUNCTIONS if "OutboxStream" in statements(template, function)}

    assert readers == {"dispatch_outbox"}
    assert statements(template, "dispatch_outbox")["OutboxStream"]["Resource"] == [
        {"Fn::GetAtt": ["OutboxTable", "StreamArn"]}
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nobody_scans_or_changes_a_table_itself(function: str, template: Any) -> None:
    forbidden = {"dynamodb:Scan", "dynamodb:DeleteTable", "dynamodb:UpdateTable", "dynamodb:DescribeTable"}

    for statement in statements(template, function).values():
        assert not forbidden & set(statement["Action"])


def test_only_the_api_and_the_receiver_make_data_keys(template: Any) -> None:
    makers = {
        function
        for function in FUNCTIONS
        if "kms:GenerateDataKey" in statements(template, function)["CitizensData"]["Action"]
    }
    assert makers == {"api", "receive_replies"}


def test_only_the_api_looks_people_up_by_number(template: Any) -> None:
    assert {function for function in FUNCTIONS if "LookUps" in statements(template, function)} == {"api"}


def test_who_sends_where(template: Any) -> None:
    requests = {f"Provider{p.id.capitalize()}RequestsQueue" for p in PROVIDERS}

    def targets(function: str) -> set[str]:
        send = statements(template, function).get("Send", {"Resource": []})
        return {resource["Fn::GetAtt"][0] for resource in send["Resource"]}

    assert targets("api") == set()
    assert targets("dispatch_outbox") == requests | {"MailQueue", "OutboxDeadQueue"}
    assert targets("sweep_outbox") == requests | {"MailQueue"}
    assert targets("receive_replies") == requests | {"RepliesRefusedQueue"}
    assert targets("send_mail") == set()


def test_who_receives(template: Any) -> None:
    def sources(function: str) -> set[str]:
        receive = statements(template, function).get("Receive", {"Resource": []})
        return {resource["Fn::GetAtt"][0] for resource in receive["Resource"]}

    assert sources("receive_replies") == {f"Provider{p.id.capitalize()}RepliesQueue" for p in PROVIDERS}
    assert sources("send_mail") == {"MailQueue"}
    assert sources("api") == sources("dispatch_outbox") == sources("sweep_outbox") == set()


def test_whoever_uses_a_queue_may_use_its_key(template: Any) -> None:
    for function in FUNCTIONS:
        found = statements(template, function)
        uses_queues = "Send" in found or "Receive" in found
        assert ("EncryptedQueues" in found) == uses_queues
        if "Send" in found:
            assert "kms:GenerateDataKey" in found["EncryptedQueues"]["Action"]


def test_mail_goes_out_from_the_sender_alone(template: Any) -> None:
    mail = statements(template, "send_mail")["Mail"]

    assert mail["Action"] == ["ses:SendEmail"]
    assert mail["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}}
    assert [function for function in FUNCTIONS if "Mail" in statements(template, function)] == ["send_mail"]


def test_the_vault_is_read_by_the_api_and_written_by_the_receiver(template: Any) -> None:
    assert statements(template, "api")["Vault"]["Action"] == ["s3:GetObject"]
    assert statements(template, "receive_replies")["Vault"]["Action"] == ["s3:PutObject"]


def test_everyone_logs_into_its_own_group(template: Any) -> None:
    for function in FUNCTIONS:
        log = statements(template, function)["Log"]
        name = f"karibche-test-{function.replace('_', '-')}"
        assert log["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert log["Resource"][0]["Fn::Sub"].endswith(f":log-group:/aws/lambda/{name}:*")


def test_tracing_is_allowed_only_while_it_is_on(template: Any) -> None:
    for role in template.of_type("IAM::Role").values():
        _, tracing = role["Properties"]["Policies"]
        condition, policy, otherwise = tracing["Fn::If"]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert (condition, otherwise) == ("Traced", {"Ref": "AWS::NoValue"})
        assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    for function in FUNCTIONS:
        assert not [s for s in statements(template, function).values() if "xray" in str(s["Action"])]
