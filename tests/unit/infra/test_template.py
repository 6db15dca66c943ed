"""The template as a whole (R9): clean, complete, and separate for each stage."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.package import Package
from infra.stages import STAGES
from infra.template import complete, merged


def linted(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from cfnlint.runner import main; main()", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_cfn_lint_finds_nothing(built: Package) -> None:
    assert linted(built.template) == ""


def test_cfn_lint_finds_nothing_in_prod(prod_template: Any, tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(prod_template.document), encoding="utf-8")

    assert linted(path) == ""


def test_cfn_lint_would_find_a_fault(built: Package, tmp_path: Path) -> None:
    document = built.read_template()
    document["Resources"]["MailQueue"]["Properties"]["Colour"] = "green"
    path = tmp_path / "template.json"
    path.write_text(json.dumps(document), encoding="utf-8")

    assert "Colour" in linted(path)


def test_it_fits_cloudformation_with_room_to_grow(built: Package) -> None:
    document = built.read_template()

    assert len(json.dumps(document, separators=(",", ":"))) < 700_000  # the limit is a million bytes
    assert len(document["Resources"]) < 350  # before SAM makes more of them; the limit is 500


@pytest.mark.parametrize("this", ["test", "prod"])
def test_no_stage_names_anything_of_another(this: str, template: Any, prod_template: Any) -> None:
    document = json.dumps((template if this == "test" else prod_template).document)

    named = set(re.findall(r"karibche-(local|test|dev|prod)\b", document))

    assert named == {this}


def test_stages_differ_in_values_only(template: Any, prod_template: Any) -> None:
    assert set(template.resources) == set(prod_template.resources)
    assert {name: found["Type"] for name, found in template.resources.items()} == {
        name: found["Type"] for name, found in prod_template.resources.items()
    }


def named_things(node: Any) -> Iterator[str]:
    keys = {"TableName", "QueueName", "RoleName", "FunctionName", "LogGroupName", "AliasName", "AlarmName"}
    if isinstance(node, dict):
        for key, value in node.items():
            if key in keys and isinstance(value, str):
                yield value
            yield from named_things(value)


def test_every_name_carries_the_stage(template: Any) -> None:
    names = list(named_things(template.document))

    assert len(names) > 40
    assert all("karibche-test-" in name for name in names)


def test_everything_stateful_is_kept_unless_its_creation_was_rolled_back(template: Any) -> None:
    for kind in ("DynamoDB::Table", "S3::Bucket", "KMS::Key", "SQS::Queue", "Logs::LogGroup"):
        for name, resource in template.of_type(kind).items():
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name
            assert resource["UpdateReplacePolicy"] == "Retain", name


def test_sam_publishes_no_second_stage(template: Any) -> None:
    assert template.document["Globals"]["Api"]["OpenApiVersion"] == "2.0"
    assert template.properties("RestAPI")["StageName"] == "api"
    assert template.properties("RestAPI")["EndpointConfiguration"] == "REGIONAL"


def test_parameters_protect_by_default_where_citizens_are(template: Any, prod_template: Any) -> None:
    prod, test = prod_template.document["Parameters"], template.document["Parameters"]

    assert prod["DeletionProtection"]["Default"] == prod["RequireTls"]["Default"] == "on"
    assert test["DeletionProtection"]["Default"] == test["RequireTls"]["Default"] == "off"
    assert "Default" not in prod["PublicOrigin"]
    assert "Default" not in prod["MailSender"]


def test_what_needs_a_domain_stands_behind_the_condition(template: Any) -> None:
    for kind in ("CloudFront::ResponseHeadersPolicy", "CloudFront::Distribution"):
        assert all(found["Condition"] == "HasDomain" for found in template.of_type(kind).values())
    assert template.document["Parameters"]["DomainName"]["Default"] == ""


def test_outputs_tell_where_things_are(template: Any) -> None:
    outputs = set(template.document["Outputs"])

    assert {
        "RestAPIId",
        "EndpointURL",
        "VaultBucketName",
        "MailQueueUrl",
        "RepliesRefusedQueueUrl",
        "ProviderNaprRequestsQueueUrl",
        "ProviderNaprRepliesQueueUrl",
    } <= outputs


def test_a_function_without_a_role_of_its_own_is_refused(template: Any, tmp_path: Path) -> None:
    stranger = {"Resources": {"Stranger": {"Type": "AWS::Serverless::Function", "Properties": {}}}}

    with pytest.raises(ValueError, match="Stranger"):
        complete(stranger, STAGES["test"], tmp_path)


def test_a_new_provider_adds_its_queues_and_policies_and_changes_no_other(
    with_providers: Callable[..., Any],
) -> None:
    before, after = with_providers("napr"), with_providers("napr", "health-fund")

    added = set(after.resources) - set(before.resources)

    assert added == {
        f"ProviderHealthFund{what}"
        for what in (
            "RequestsQueue",
            "RepliesQueue",
            "RequestsQueuePolicy",
            "RepliesQueuePolicy",
            "RequestsLateAlarm",
            "RepliesLateAlarm",
        )
    }
    assert set(before.resources) <= set(after.resources)
    changed = {name for name in before.resources if before.resources[name] != after.resources[name]}
    assert changed == {
        # who may use the queues' key, who may write to them, where functions look
        "QueueKey",
        "DispatchOutboxRole",
        "SweepOutboxRole",
        "ReceiveRepliesRole",
        *(name for name in before.resources if before.resources[name].get("Properties", {}).get("Environment")),
    }
    assert set(after.document["Parameters"]) - set(before.document["Parameters"]) == {
        "ProviderHealthFundPrincipal"
    }


def test_an_intrinsic_replaces_what_chalice_wrote() -> None:
    base = {"Queue": {"Fn::Sub": "arn:jobs"}, "Batch": {"Size": 10, "Window": 0}}

    result = merged(base, {"Queue": {"Fn::GetAtt": ["Jobs", "Arn"]}, "Batch": {"Size": 5}})

    assert result == {"Queue": {"Fn::GetAtt": ["Jobs", "Arn"]}, "Batch": {"Size": 5, "Window": 0}}
    assert base["Batch"] == {"Size": 10, "Window": 0}
