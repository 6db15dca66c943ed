"""Clients of AWS services other than DynamoDB: built when first used, once a process, with short time-outs."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient


def kms() -> "KMSClient":
    """Return the client of the Key Management Service."""
    client: KMSClient = _client("kms")
    return client


def sqs() -> "SQSClient":
    """Return the client of the queue service."""
    client: SQSClient = _client("sqs")
    return client


def s3() -> "S3Client":
    """Return the client of the object store."""
    client: S3Client = _client("s3")
    return client


def ses() -> "SESV2Client":
    """Return the client of the e-mail service."""
    client: SESV2Client = _client("sesv2")
    return client


@cache
def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=1,
        read_timeout=5,
        retries={"total_max_attempts": 3, "mode": "standard"},
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": "path"} if service == "s3" else None,
    )
    return boto3.client(service, config=config)  # type: ignore[call-overload] # the service is a variable
