"""AWS in this process, for rules that need a table or a key: no network, no emulator."""

import importlib
import os
from collections.abc import Iterator
from typing import Any

import pytest

# Tables are named when their models are imported.
os.environ.setdefault("STAGE", "test")


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Every table, both keys and the vault, empty; the environment of a function. Gives the application."""
    import boto3
    from moto import mock_aws

    application = importlib.import_module("app")
    with mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        _forget()
        kms: Any = boto3.client("kms")
        sqs: Any = boto3.client("sqs")
        boto3.client("s3").create_bucket(
            Bucket="vault", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        lookup = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        queue = sqs.create_queue(QueueName="provider-napr-requests")["QueueUrl"]
        environment = {
            "PUBLIC_ORIGIN": "https://portal.example",
            "MAIL_SENDER": "no-reply@portal.example",
            "DATA_KEY_ARN": kms.create_key()["KeyMetadata"]["Arn"],
            "LOOKUP_KEY_ARN": lookup["KeyMetadata"]["Arn"],
            "VAULT_BUCKET": "vault",
            "PROVIDER_QUEUES": f'{{"napr": "{queue}"}}',
            "MAIL_QUEUE_URL": sqs.create_queue(QueueName="mail")["QueueUrl"],
            "ORIGIN_SECRET": "edge",
            "REFUSED_QUEUE_URL": sqs.create_queue(QueueName="refused")["QueueUrl"],
            "TRACING": "off",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        for model in _models():
            if not model.exists():
                model.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
        yield application
        _forget()


def _models() -> list[Any]:
    """One model of each table, the one with most indexes: several may share it."""
    from chalicelib.core.tables import Table

    return sorted(Table.__subclasses__(), key=lambda model: -len(model._indexes or {}))


def _forget() -> None:
    """Drop what the product keeps between calls of one process: clients, connections, settings, keys."""
    import boto3

    from chalicelib.auth import trust
    from chalicelib.core import aws, crypto, settings, tables

    trust.forget_issuers()
    boto3.DEFAULT_SESSION = None
    for cached in (settings.settings, aws._client, tables.shared_connection):
        cached.cache_clear()
    for model in tables.Table.__subclasses__():
        model._connection = None
    crypto.forget_data_keys()
