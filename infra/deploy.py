"""Puts a package where it runs, by a change set that a person has seen.

    python -m infra.deploy --stage dev --parameter PublicOrigin=https://… --parameter MailSender=…

Parameters that are not given keep the values they have in the deployed stack.
"""

import argparse
import copy
import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core.names import resource_name
from infra.changes import Change, Forbidden, check_changes, check_indexes, read_changes, stack_policy
from infra.dependencies import MissingDependency
from infra.package import Package, PackagingFailed, package
from infra.stages import ROOT, STAGES

Clients = Callable[[str], Any]
Confirm = Callable[[Sequence[Change]], bool]

AWS_PYTHON = (3, 13)
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_PATIENCE_SECONDS = 45 * 60.0


@dataclass(frozen=True)
class Deployment:
    """What stands after a deployment. `changed` is False when everything was as wanted already."""

    stage: str
    changed: bool
    outputs: Mapping[str, str]


class DeploymentFailed(Exception):
    """CloudFormation gave up; the message has its reasons, the first cause first."""


class NotConfirmed(Exception):
    """The person who was shown the changes said no; nothing was done."""


def stack_name(stage: str) -> str:
    """Return the name of a stage's stack."""
    return f"karibche-{stage}"


def deploy(
    clients: Clients, built: Package, parameters: Mapping[str, str], confirm: Confirm = lambda _: True
) -> Deployment:
    """Bring a stage's stack to what `built` says. `clients` makes boto3 clients by service name.

    Raises infra.changes.Forbidden before anything is touched when data would be lost, NotConfirmed when
    `confirm` refuses, and DeploymentFailed with CloudFormation's reasons.
    """
    cloudformation = clients("cloudformation")
    name = stack_name(built.stage)
    deployed = _existing_stack(cloudformation, name)
    template = built.read_template()
    if deployed:
        check_indexes(_deployed_template(cloudformation, name), template)
    url = _upload(clients, built, template)
    change_set = cloudformation.create_change_set(
        StackName=name,
        ChangeSetName=f"deploy-{time.time_ns()}",
        ChangeSetType="UPDATE" if deployed else "CREATE",
        TemplateURL=url,
        Parameters=_parameters(template, parameters, deployed),
        Capabilities=_CAPABILITIES,
    )["Id"]
    changes = _await_changes(cloudformation, change_set)
    if changes is None:
        cloudformation.delete_change_set(ChangeSetName=change_set)
        return Deployment(built.stage, changed=False, outputs=outputs(clients, built.stage))
    try:
        _allow(changes, confirm)
    except Exception:
        cloudformation.delete_change_set(ChangeSetName=change_set)
        raise
    cloudformation.execute_change_set(ChangeSetName=change_set)
    _await_stack(cloudformation, name)
    cloudformation.set_stack_policy(StackName=name, StackPolicyBody=json.dumps(stack_policy()))
    return Deployment(built.stage, changed=True, outputs=outputs(clients, built.stage))


def _allow(changes: Sequence[Change], confirm: Confirm) -> None:
    """Raise Forbidden or NotConfirmed unless these changes may be made."""
    check_changes(changes)
    if not confirm(changes):
        raise NotConfirmed


def outputs(clients: Clients, stage: str) -> dict[str, str]:
    """Return the outputs of a deployed stage. Raises DeploymentFailed when there is none."""
    stack = _existing_stack(clients("cloudformation"), stack_name(stage))
    if stack is None:
        raise DeploymentFailed(f"{stack_name(stage)} is not deployed")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _existing_stack(cloudformation: Any, name: str) -> dict[str, Any] | None:
    """Return the stack, None when there is none to update. One whose creation failed is cleared away."""
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    if stack["StackStatus"] == "ROLLBACK_COMPLETE":
        # It holds nothing: everything that is kept is kept except when its creation was rolled back.
        cloudformation.delete_stack(StackName=name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"])
        return None
    return None if stack["StackStatus"] in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"} else stack


def _deployed_template(cloudformation: Any, name: str) -> dict[str, Any]:
    body = cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    found: dict[str, Any] = json.loads(body) if isinstance(body, str) else dict(body)
    return found


def _parameters(
    template: Mapping[str, Any], given: Mapping[str, str], deployed: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Return the values to deploy with. Raises ValueError for a parameter that the template does not have."""
    unknown = set(given) - set(template["Parameters"])
    if unknown:
        raise ValueError(f"no such parameter: {', '.join(sorted(unknown))}")
    kept = {entry["ParameterKey"] for entry in (deployed or {}).get("Parameters", [])}
    values: list[dict[str, Any]] = [
        {"ParameterKey": name, "ParameterValue": value} for name, value in sorted(given.items())
    ]
    values += [
        {"ParameterKey": name, "UsePreviousValue": True}
        for name in sorted(kept & set(template["Parameters"]) - set(given))
    ]
    return values


def _upload(clients: Clients, built: Package, template: Mapping[str, Any]) -> str:
    """Upload zip and template under names made of their contents, and return the template's address."""
    s3 = clients("s3")
    bucket = _artefact_bucket(clients, built.stage)
    if not _exists(s3, bucket, built.artefact.name):
        s3.upload_file(str(built.artefact), bucket, built.artefact.name)
    located = copy.deepcopy(dict(template))
    for resource in located["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": built.artefact.name}
    body = json.dumps(located, sort_keys=True, separators=(",", ":")).encode()
    key = f"template-{hashlib.sha256(body).hexdigest()[:32]}.json"
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def _artefact_bucket(clients: Clients, stage: str) -> str:
    """Return the bucket with the code of a stage, made when it is missing."""
    s3 = clients("s3")
    account = clients("sts").get_caller_identity()["Account"]
    name = f"{resource_name(stage, 'artefacts')}-{account}"
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        region = s3.meta.region_name
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **where)
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
    return name


def _exists(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def _await_changes(cloudformation: Any, change_set: str) -> list[Change] | None:
    """Return what the change set would do, None for nothing. Raises DeploymentFailed when it is not valid."""
    for _ in _pauses():
        described = cloudformation.describe_change_set(ChangeSetName=change_set)
        if described["Status"] == "FAILED":
            reason = described.get("StatusReason", "")
            if any(words in reason for words in _UNCHANGED):
                return None
            raise DeploymentFailed(reason)
        if described["Status"] == "CREATE_COMPLETE":
            pages = cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=change_set)
            return read_changes(change for page in pages for change in page["Changes"])
    raise DeploymentFailed("the change set was not made in time")


def _await_stack(cloudformation: Any, name: str) -> None:
    """Wait until the stack is what the change set said. Raises DeploymentFailed with the reasons."""
    for _ in _pauses():
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}:
            return
        if status.endswith(("ROLLBACK_COMPLETE", "_FAILED")):
            raise DeploymentFailed(f"{name}: {status}\n{_reasons(cloudformation, name)}")
    raise DeploymentFailed(f"{name} is still being changed after {_PATIENCE_SECONDS / 60:.0f} minutes")


def _reasons(cloudformation: Any, name: str) -> str:
    """Return why resources failed in the latest operation, the first cause first."""
    reasons: list[str] = []
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    for event in (event for page in pages for event in page["StackEvents"]):
        itself = event["LogicalResourceId"] == name
        if itself and event.get("ResourceStatusReason") == "User Initiated":
            break
        if event["ResourceStatus"].endswith("_FAILED"):
            why = event.get("ResourceStatusReason", "no reason given")
            reasons.append(f"  {event['LogicalResourceId']} ({event['ResourceType']}): {why}")
    return "\n".join(reversed(reasons))


def _pauses() -> Any:
    """Yield at growing intervals until patience ends."""
    end = time.monotonic() + _PATIENCE_SECONDS
    pause = _FIRST_PAUSE_SECONDS
    while time.monotonic() < end:
        yield pause
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


_EXPECTED = (
    DeploymentFailed,
    NotConfirmed,
    Forbidden,
    PackagingFailed,
    MissingDependency,
    ValueError,
    BotoCoreError,
    ClientError,
)


def _ask(changes: Sequence[Change]) -> bool:
    """Show the changes and ask for a yes."""
    _show(changes)
    return input("Deploy this? [y/N] ").strip().lower() == "y"


def _show(changes: Sequence[Change]) -> bool:
    print("\n".join(str(change) for change in changes))
    return True


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not Name=value")
    return name, value


def main(arguments: list[str] | None = None) -> int:
    """Package and deploy a stage to the AWS account of the caller's credentials."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__.splitlines()[0])
    parser.add_argument("--stage", required=True, choices=sorted(STAGES))
    parser.add_argument("--parameter", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--yes", action="store_true", help="show the changes and do not ask")
    parser.add_argument("--out", type=Path, help="folder of the package (build/STAGE)")
    given = parser.parse_args(arguments)
    stage = STAGES[given.stage]
    if not stage.embedded and sys.version_info[:2] != AWS_PYTHON:
        wanted = ".".join(map(str, AWS_PYTHON))
        parser.error(f"{stage.name} runs on Python {wanted}; package with it, the interpreter decides")
    clients: Any = boto3.client
    try:
        built = package(stage.name, given.out or ROOT / "build" / stage.name)
        done = deploy(clients, built, dict(given.parameter), _show if given.yes else _ask)
    except _EXPECTED as problem:
        print(str(problem) or "Nothing was changed.", file=sys.stderr)
        return 1
    print("Deployed." if done.changed else "Everything is deployed already.")
    print("\n".join(f"{name} = {value}" for name, value in sorted(done.outputs.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
