"""Deploying: what is shown, what is refused, what is said when it fails."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.changes import Change, Forbidden, check_changes, check_indexes, read_changes, stack_policy
from infra.deploy import DeploymentFailed, NotConfirmed, deploy, main, outputs
from infra.package import Package

UNCHANGED = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


def table(*indexes: str) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {"GlobalSecondaryIndexes": [{"IndexName": name} for name in indexes]},
    }


class Cloud:
    """CloudFormation, S3 and STS, as far as a deployment talks to them."""

    def __init__(self) -> None:
        self.stack: dict[str, Any] | None = None
        self.changes: list[dict[str, Any]] = [change("Add", "AWS::SQS::Queue", "MailQueue")]
        self.change_set = ("CREATE_COMPLETE", "")
        self.ends_as = "CREATE_COMPLETE"
        self.events: list[dict[str, Any]] = []
        self.deployed_template: dict[str, Any] = {"Resources": {}}
        self.calls: list[str] = []
        self.sent: dict[str, Any] = {}
        self.objects: dict[str, bytes] = {}
        self.bucket: str | None = None
        self.meta = type("Meta", (), {"endpoint_url": "https://s3.example", "region_name": "eu-central-1"})

    def __call__(self, service: str) -> "Cloud":
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}

    def head_bucket(self, Bucket: str) -> None:  # noqa: N803
        if self.bucket != Bucket:
            raise missing("HeadBucket")

    def create_bucket(self, Bucket: str, **more: Any) -> None:  # noqa: N803
        self.bucket = Bucket

    def put_public_access_block(self, PublicAccessBlockConfiguration: dict[str, bool], **more: Any) -> None:  # noqa: N803
        assert set(PublicAccessBlockConfiguration.values()) == {True}

    def head_object(self, Bucket: str, Key: str) -> None:  # noqa: N803
        if Key not in self.objects:
            raise missing("HeadObject")

    def upload_file(self, name: str, bucket: str, key: str) -> None:
        self.calls.append("upload")
        self.objects[key] = Path(name).read_bytes()

    def put_object(self, Key: str, Body: bytes, **more: Any) -> None:  # noqa: N803
        self.objects[Key] = Body

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        if self.stack is None:
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": "it does not exist"}}, "DescribeStacks"
            )
        return {"Stacks": [self.stack]}

    def get_template(self, **more: Any) -> dict[str, Any]:
        return {"TemplateBody": json.dumps(self.deployed_template)}

    def create_change_set(self, **arguments: Any) -> dict[str, str]:
        self.sent = arguments
        return {"Id": "change-set"}

    def describe_change_set(self, ChangeSetName: str) -> dict[str, Any]:  # noqa: N803
        status, reason = self.change_set
        return {"Status": status, "StatusReason": reason, "Changes": self.changes}

    def delete_change_set(self, ChangeSetName: str) -> None:  # noqa: N803
        self.calls.append("delete change set")

    def execute_change_set(self, ChangeSetName: str) -> None:  # noqa: N803
        self.calls.append("execute")
        self.stack = {
            "StackName": "karibche-test",
            "StackStatus": self.ends_as,
            "Outputs": [{"OutputKey": "RestAPIId", "OutputValue": "abc"}],
        }

    def set_stack_policy(self, StackPolicyBody: str, **more: Any) -> None:  # noqa: N803
        self.calls.append("policy")
        assert json.loads(StackPolicyBody) == stack_policy()

    def delete_stack(self, StackName: str) -> None:  # noqa: N803
        self.calls.append("delete stack")
        self.stack = None

    def get_waiter(self, name: str) -> Any:
        return type("Waiter", (), {"wait": lambda *_, **__: None})()

    def get_paginator(self, name: str) -> Any:
        pages = {
            "describe_change_set": [{"Changes": self.changes}],
            "describe_stack_events": [{"StackEvents": self.events}],
        }[name]
        return type("Paginator", (), {"paginate": lambda *_, **__: pages})()


def missing(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "404"}, "ResponseMetadata": {"HTTPStatusCode": 404}}, operation)  # type: ignore[typeddict-item]


def change(action: str, kind: str, name: str, replacement: str = "False") -> dict[str, Any]:
    return {
        "ResourceChange": {
            "Action": action,
            "LogicalResourceId": name,
            "ResourceType": kind,
            "Replacement": replacement,
        }
    }


def standing(**more: Any) -> dict[str, Any]:
    return {"StackName": "karibche-test", "StackStatus": "CREATE_COMPLETE", "StackId": "id", **more}


def test_a_first_deployment_creates_and_says_what_stands(built: Package) -> None:
    cloud = Cloud()

    done = deploy(cloud, built, {"PublicOrigin": "https://x.example"})

    assert done.changed
    assert done.outputs == {"RestAPIId": "abc"}
    assert cloud.calls == ["upload", "execute", "policy"]
    assert cloud.sent["ChangeSetType"] == "CREATE"
    assert cloud.sent["StackName"] == "karibche-test"
    assert cloud.sent["Parameters"] == [{"ParameterKey": "PublicOrigin", "ParameterValue": "https://x.example"}]


def test_the_template_that_is_deployed_points_at_the_uploaded_zip(built: Package) -> None:
    cloud = Cloud()

    deploy(cloud, built, {})

    key = cloud.sent["TemplateURL"].removeprefix("https://s3.example/karibche-test-artefacts-123456789012/")
    document = json.loads(cloud.objects[key])
    assert document["Resources"]["APIHandler"]["Properties"]["CodeUri"] == {
        "Bucket": "karibche-test-artefacts-123456789012",
        "Key": built.artefact.name,
    }
    assert cloud.objects[built.artefact.name] == built.artefact.read_bytes()


def test_no_changes_are_a_success(built: Package) -> None:
    cloud = Cloud()
    cloud.stack = standing(Outputs=[{"OutputKey": "RestAPIId", "OutputValue": "abc"}])
    cloud.change_set = ("FAILED", UNCHANGED)

    done = deploy(cloud, built, {})

    assert not done.changed
    assert done.outputs == {"RestAPIId": "abc"}
    assert cloud.calls == ["upload", "delete change set"]


def test_an_uploaded_zip_is_not_uploaded_again(built: Package) -> None:
    cloud = Cloud()
    cloud.objects[built.artefact.name] = b""

    deploy(cloud, built, {})

    assert "upload" not in cloud.calls


def test_parameters_that_are_not_given_keep_their_values(built: Package) -> None:
    cloud = Cloud()
    cloud.stack = standing(
        Parameters=[
            {"ParameterKey": "PublicOrigin", "ParameterValue": "https://old.example"},
            {"ParameterKey": "Tracing", "ParameterValue": "on"},
            {"ParameterKey": "Gone", "ParameterValue": "x"},
        ]
    )

    deploy(cloud, built, {"PublicOrigin": "https://new.example"})

    assert cloud.sent["ChangeSetType"] == "UPDATE"
    assert cloud.sent["Parameters"] == [
        {"ParameterKey": "PublicOrigin", "ParameterValue": "https://new.example"},
        {"ParameterKey": "Tracing", "UsePreviousValue": True},
    ]


def test_an_unknown_parameter_is_refused(built: Package) -> None:
    with pytest.raises(ValueError, match="PublicOrgin"):
        deploy(Cloud(), built, {"PublicOrgin": "https://x.example"})


@pytest.mark.parametrize(
    "lost",
    [
        change("Modify", "AWS::DynamoDB::Table", "OutboxTable", "True"),
        change("Remove", "AWS::DynamoDB::Table", "OutboxTable"),
        change("Remove", "AWS::KMS::Key", "DataKey"),
        change("Modify", "AWS::S3::Bucket", "VaultBucket", "True"),
        change("Modify", "AWS::SQS::Queue", "MailQueue", "True"),
    ],
)
def test_what_would_lose_data_is_refused_and_nobody_is_asked(lost: dict[str, Any], built: Package) -> None:
    cloud = Cloud()
    cloud.stack = standing()
    cloud.changes = [lost]

    with pytest.raises(Forbidden, match=lost["ResourceChange"]["LogicalResourceId"]):
        deploy(cloud, built, {}, lambda _: pytest.fail("asked"))

    assert cloud.calls[-1] == "delete change set"
    assert "execute" not in cloud.calls


def test_a_provider_may_leave_with_its_queues() -> None:
    check_changes([Change("Remove", "ProviderNaprRequestsQueue", "AWS::SQS::Queue", replaces=False)])


def test_a_function_may_be_replaced() -> None:
    check_changes(read_changes([change("Modify", "AWS::Lambda::Function", "SendMail", "True")]))


def test_a_no_leaves_everything_as_it_was(built: Package) -> None:
    cloud = Cloud()
    shown: list[Change] = []

    def refuse(changes: Any) -> bool:
        shown.extend(changes)
        return False

    with pytest.raises(NotConfirmed):
        deploy(cloud, built, {}, refuse)

    assert [str(change).split() for change in shown] == [["Add", "AWS::SQS::Queue", "MailQueue"]]
    assert cloud.calls == ["upload", "delete change set"]


def test_a_failure_gives_the_reasons_of_this_attempt_the_first_cause_first(built: Package) -> None:
    cloud = Cloud()
    cloud.ends_as = "ROLLBACK_COMPLETE"
    begun = {
        "LogicalResourceId": "karibche-test",
        "ResourceType": "AWS::CloudFormation::Stack",
        "ResourceStatus": "CREATE_IN_PROGRESS",
        "ResourceStatusReason": "User Initiated",
    }

    def failed(name: str, reason: str) -> dict[str, Any]:
        return {
            "LogicalResourceId": name,
            "ResourceType": "AWS::SQS::Queue",
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": reason,
        }

    cloud.events = [failed("B", "cancelled"), failed("A", "no such key"), begun, failed("Old", "long ago")]

    with pytest.raises(DeploymentFailed) as raised:
        deploy(cloud, built, {})

    text = str(raised.value)
    assert text.index("no such key") < text.index("cancelled")
    assert "long ago" not in text


def test_a_change_set_that_cannot_be_made_says_why(built: Package) -> None:
    cloud = Cloud()
    cloud.change_set = ("FAILED", "Template error: no such thing")

    with pytest.raises(DeploymentFailed, match="no such thing"):
        deploy(cloud, built, {})


def test_a_stack_whose_creation_failed_is_cleared_away_first(built: Package) -> None:
    cloud = Cloud()
    cloud.stack = standing(StackStatus="ROLLBACK_COMPLETE")

    deploy(cloud, built, {})

    assert cloud.calls[0] == "delete stack"
    assert cloud.sent["ChangeSetType"] == "CREATE"


def test_one_index_at_a_time() -> None:
    def document(found: dict[str, Any]) -> dict[str, Any]:
        return {"Resources": {"RequestsTable": found}}

    check_indexes(document(table("a")), document(table("a", "b")))
    check_indexes({"Resources": {}}, document(table("a", "b")))
    with pytest.raises(Forbidden, match="RequestsTable: one index"):
        check_indexes(document(table("a")), document(table("b")))


def test_outputs_of_what_is_not_deployed() -> None:
    with pytest.raises(DeploymentFailed, match="karibche-prod is not deployed"):
        outputs(Cloud(), "prod")


def test_the_stack_itself_refuses_to_lose_data() -> None:
    allow, deny = stack_policy()["Statement"]

    assert allow["Effect"] == "Allow"
    assert deny["Action"] == ["Update:Replace", "Update:Delete"]
    assert "AWS::DynamoDB::Table" in deny["Condition"]["StringEquals"]["ResourceType"]


def test_aws_gets_the_interpreter_it_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("infra.deploy.AWS_PYTHON", (3, 99))

    with pytest.raises(SystemExit):
        main(["--stage", "prod", "--yes"])

    assert "3.99" in capsys.readouterr().err
