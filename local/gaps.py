"""What the embedded cloud leaves undone when it deploys the template, done after it: the one place for that.

Everything here is read from the template; nothing is decided here. MiniStack's CloudFormation does not apply a
table's TTL, point-in-time recovery and encryption, a bucket's lifecycle rules and KMS encryption, nor an API's
gateway responses; it can't hold the mail function to its sender; and a fresh account has neither a verified
sender nor the providers' own users.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.core.names import replies_queue, requests_queue, resource_name
from infra.responses import put_gateway_responses
from local.cloud import ACCOUNT, REGION, Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef

    from local.stack import Stack

ALLOWED_TO_PROVIDERS = {
    requests_queue: ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"),
    replies_queue: ("SendMessage",),
}
ALLOWED_AT_BOTH = ("GetQueueUrl", "GetQueueAttributes")


@dataclass(frozen=True)
class Deployed:
    """A template and what became of it."""

    resources: Mapping[str, Any]
    physical_ids: Mapping[str, str]

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The physical ids and properties of the deployed resources of one type."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] == kind and logical_id in self.physical_ids:
                yield self.physical_ids[logical_id], resource.get("Properties", {})

    def key_arn(self, value: Any) -> str:
        """The ARN of the KMS key that a property names."""
        if isinstance(value, str):
            return value
        logical_id = value["Fn::GetAtt"][0] if "Fn::GetAtt" in value else value["Ref"]
        return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{self.physical_ids[logical_id]}"


def close(stack: Stack, deployed: Deployed) -> None:
    """Bring the embedded cloud to what the template says. Done again, it changes nothing."""
    for table, properties in deployed.of_type("AWS::DynamoDB::Table"):
        _finish_table(stack, table, properties)
    for bucket, properties in deployed.of_type("AWS::S3::Bucket"):
        _finish_bucket(stack, bucket, properties, deployed)
    for api, properties in deployed.of_type("AWS::Serverless::Api"):
        if "GatewayResponses" in properties:
            put_gateway_responses(stack.client("apigateway"), api, properties["StageName"])
    _let_mail_leave(stack, deployed)


def _let_mail_leave(stack: Stack, deployed: Deployed) -> None:
    """Allow the mail function to send: MiniStack asks for it on `*` and knows no `ses:FromAddress`."""
    role = deployed.physical_ids.get("SendMailRole")
    if role is None:
        return
    allowed = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    stack.client("iam").put_role_policy(RoleName=role, PolicyName="embedded-mail", PolicyDocument=document)


def _finish_table(stack: Stack, table: str, properties: Mapping[str, Any]) -> None:
    dynamodb = stack.client("dynamodb")
    ttl = properties.get("TimeToLiveSpecification")
    described = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if ttl and described.get("TimeToLiveStatus") != "ENABLED":
        dynamodb.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"AttributeName": ttl["AttributeName"], "Enabled": ttl["Enabled"]},
        )
    recovery = properties.get("PointInTimeRecoverySpecification")
    if recovery:
        dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    encryption = properties.get("SSESpecification")
    has_encryption = dynamodb.describe_table(TableName=table)["Table"].get("SSEDescription", {})
    if encryption and has_encryption.get("Status") != "ENABLED":
        dynamodb.update_table(
            TableName=table,
            SSESpecification={"Enabled": encryption["SSEEnabled"], "SSEType": encryption["SSEType"]},
        )


def _finish_bucket(stack: Stack, bucket: str, properties: Mapping[str, Any], deployed: Deployed) -> None:
    s3 = stack.client("s3")
    lifecycle = properties.get("LifecycleConfiguration")
    if lifecycle:
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={"Rules": [lifecycle_rule(rule) for rule in lifecycle["Rules"]]},
        )
    encryption = properties.get("BucketEncryption")
    for rule in encryption["ServerSideEncryptionConfiguration"] if encryption else ():
        default = rule["ServerSideEncryptionByDefault"]
        s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": default["SSEAlgorithm"],
                            "KMSMasterKeyID": deployed.key_arn(default["KMSMasterKeyID"]),
                        },
                        "BucketKeyEnabled": rule["BucketKeyEnabled"],
                    }
                ]
            },
        )


def lifecycle_rule(rule: Mapping[str, Any]) -> LifecycleRuleTypeDef:
    """A template's lifecycle rule in the words of S3's API."""
    said: LifecycleRuleTypeDef = {
        "ID": rule["Id"],
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "ExpirationInDays" in rule:
        said["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "NoncurrentVersionExpiration" in rule:
        days = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        said["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if "AbortIncompleteMultipartUpload" in rule:
        days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        said["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    return said


def verify_sender(stack: Stack, address: str) -> None:
    """Let the embedded SES send from this address."""
    ses = stack.client("sesv2")
    try:
        ses.get_email_identity(EmailIdentity=address)
    except ses.exceptions.NotFoundException:
        ses.create_email_identity(EmailIdentity=address)


def provider_credentials(stack: Stack, provider: str, kept: Path) -> Credentials:
    """The access key of the provider's own IAM user, who may use that provider's two queues and nothing else.

    The user and the key are made when they are missing; the key is kept in the file `kept`, for its owner only.
    """
    iam = stack.client("iam")
    user = resource_name(stack.stage, f"provider-{provider}")
    try:
        iam.get_user(UserName=user)
    except iam.exceptions.NoSuchEntityException:
        iam.create_user(UserName=user)
        kept.unlink(missing_ok=True)
    iam.put_user_policy(
        UserName=user, PolicyName="own-queues", PolicyDocument=json.dumps(_provider_policy(stack, provider))
    )
    credentials = _read(kept)
    if credentials is None or not _is_current(stack, credentials, user):
        key = iam.create_access_key(UserName=user)["AccessKey"]
        credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        keep_secret(kept, {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]})
    return credentials


def _provider_policy(stack: Stack, provider: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [f"sqs:{action}" for action in (*actions, *ALLOWED_AT_BOTH)],
                "Resource": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue(stack.stage, provider)}",
            }
            for queue, actions in ALLOWED_TO_PROVIDERS.items()
        ],
    }


def _is_current(stack: Stack, credentials: Credentials, user: str) -> bool:
    keys = stack.client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    return any(key["AccessKeyId"] == credentials.access_key_id for key in keys)


def _read(kept: Path) -> Credentials | None:
    try:
        return Credentials(**json.loads(kept.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def keep_secret(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file that its owner alone can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=2) + "\n")
