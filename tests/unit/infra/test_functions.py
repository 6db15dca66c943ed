"""Functions: each has a role, limits, a log group; each event source reports what failed."""

import json
from typing import Any

import pytest

from chalicelib.core.settings import Settings
from infra.functions import FUNCTIONS
from infra.providers import read_providers
from infra.stages import ROOT

PROVIDERS = read_providers(ROOT / "catalogue")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_role_limits_and_log_retention(name: str, template: Any) -> None:
    function = FUNCTIONS[name]
    properties = template.properties(function.id)
    deployed = f"karibche-test-{name.replace('_', '-')}"

    groups = [found["Properties"] for found in template.of_type("Logs::LogGroup").values()]
    roles = [
        template.properties(FUNCTIONS[other].id)["Role"]["Fn::GetAtt"][0] for other in FUNCTIONS if other != name
    ]
    assert properties["FunctionName"] == deployed
    assert properties["Role"]["Fn::GetAtt"][0] not in roles
    assert template.properties(properties["Role"]["Fn::GetAtt"][0])["RoleName"] == deployed
    assert 512 <= properties["MemorySize"] <= 1024
    assert 0 < properties["Timeout"] <= 60
    assert properties["Tracing"] == {"Fn::If": ["Traced", "Active", "PassThrough"]}
    assert [
        group["RetentionInDays"] for group in groups if group["LogGroupName"] == f"/aws/lambda/{deployed}"
    ] == [30]


def test_a_function_waits_for_its_log_group(template: Any) -> None:
    groups = {
        group["Properties"]["LogGroupName"]: name for name, group in template.of_type("Logs::LogGroup").items()
    }

    for function in FUNCTIONS.values():
        name = template.properties(function.id)["FunctionName"]
        assert template.resources[function.id]["DependsOn"] == [groups[f"/aws/lambda/{name}"]]


def test_logs_of_prod_are_kept_longer(prod_template: Any) -> None:
    groups = prod_template.of_type("Logs::LogGroup").values()

    assert {group["Properties"]["RetentionInDays"] for group in groups} == {90}


def test_prod_runs_on_arm(prod_template: Any) -> None:
    functions = prod_template.of_type("Serverless::Function").values()

    assert {tuple(found["Properties"]["Architectures"]) for found in functions} == {("arm64",)}


def test_the_api_answers_before_the_gateway_gives_up(template: Any) -> None:
    assert template.properties("APIHandler")["Timeout"] < 29


def test_every_function_is_told_what_settings_reads(template: Any) -> None:
    wanted = {name.upper() for name in Settings.__dataclass_fields__} | {"TRACING"}

    for function in FUNCTIONS.values():
        variables = template.properties(function.id)["Environment"]["Variables"]
        assert set(variables) == wanted
        assert variables["STAGE"] == "test"


def test_the_providers_queues_are_told_as_json(template: Any) -> None:
    text = template.properties("DispatchOutbox")["Environment"]["Variables"]["PROVIDER_QUEUES"]["Fn::Sub"]

    assert json.loads(text) == {
        provider.id: f"${{Provider{provider.id.capitalize()}RequestsQueue}}" for provider in PROVIDERS
    }


def test_every_source_reports_the_items_that_failed(template: Any) -> None:
    sources = [
        event
        for found in template.of_type("Serverless::Function").values()
        for event in found["Properties"].get("Events", {}).values()
        if event["Type"] in {"SQS", "DynamoDB"}
    ]

    assert len(sources) == len(PROVIDERS) + 2
    for source in sources:
        assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["Properties"]["BatchSize"] == 10
        assert source["Properties"]["MaximumBatchingWindowInSeconds"] == 0


def test_the_relay_retries_within_bounds_and_loses_nothing(template: Any) -> None:
    (source,) = template.properties("DispatchOutbox")["Events"].values()
    properties = source["Properties"]

    assert source["Type"] == "DynamoDB"
    assert properties["Stream"] == {"Fn::GetAtt": ["OutboxTable", "StreamArn"]}
    assert properties["StartingPosition"] == "TRIM_HORIZON"
    assert properties["BisectBatchOnFunctionError"] is True
    assert properties["MaximumRetryAttempts"] == 5
    assert properties["MaximumRecordAgeInSeconds"] == 6 * 3600
    assert properties["DestinationConfig"] == {
        "OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": ["OutboxDeadQueue", "Arn"]}}
    }


def test_the_relay_wakes_for_new_items_only(template: Any) -> None:
    (source,) = template.properties("DispatchOutbox")["Events"].values()
    (pattern,) = source["Properties"]["FilterCriteria"]["Filters"]

    assert json.loads(pattern["Pattern"]) == {"eventName": ["INSERT"]}


def test_the_sweeper_runs_every_minute_and_does_not_repeat_itself(template: Any) -> None:
    properties = template.properties("SweepOutbox")
    (event,) = properties["Events"].values()

    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)", "Enabled": True}}
    assert properties["EventInvokeConfig"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    assert properties["Timeout"] < 60


def test_no_placeholder_is_left(template: Any) -> None:
    assert "placeholder" not in json.dumps(template.document)
