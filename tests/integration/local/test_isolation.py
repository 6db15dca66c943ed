"""R5.4: a provider reaches its own two queues and nothing else. The embedded cloud enforces IAM."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core.names import replies_queue, requests_queue, resource_name
from local.cloud import ACCOUNT
from local.stack import Stack

pytestmark = pytest.mark.cloud


def url(stack: Stack, queue: str) -> str:
    return f"{stack.endpoint}/{ACCOUNT}/{queue}"


def refused(call: Callable[..., Any], **arguments: Any) -> None:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}


OTHERS = [
    *(requests_queue("test", other) for other in ("sda", "tbilisi")),
    *(replies_queue("test", other) for other in ("sda", "tbilisi")),
    *(
        resource_name("test", thing)
        for thing in ("mail", "mail-dead", "replies-dead", "replies-refused", "outbox-dead")
    ),
]


@pytest.mark.parametrize("queue", OTHERS)
def test_a_provider_at_somebody_elses_queue_is_refused(stack: Stack, queue: str) -> None:
    sqs, there = stack.provider_sqs("napr"), url(stack, queue)
    refused(sqs.receive_message, QueueUrl=there)
    refused(sqs.send_message, QueueUrl=there, MessageBody="{}")
    refused(sqs.delete_message, QueueUrl=there, ReceiptHandle="x")
    refused(sqs.change_message_visibility, QueueUrl=there, ReceiptHandle="x", VisibilityTimeout=0)
    refused(sqs.get_queue_attributes, QueueUrl=there, AttributeNames=["All"])
    refused(sqs.purge_queue, QueueUrl=there)
    refused(sqs.set_queue_attributes, QueueUrl=there, Attributes={"VisibilityTimeout": "1"})


def test_a_provider_neither_writes_its_own_requests_nor_reads_its_own_replies(stack: Stack) -> None:
    sqs = stack.provider_sqs("napr")
    refused(sqs.send_message, QueueUrl=url(stack, requests_queue("test", "napr")), MessageBody="{}")
    refused(sqs.receive_message, QueueUrl=url(stack, replies_queue("test", "napr")))


def test_a_provider_reads_its_own_requests(stack: Stack) -> None:
    queue = url(stack, requests_queue("test", "tbilisi"))
    assert (
        "QueueArn"
        in stack.provider_sqs("tbilisi").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])[
            "Attributes"
        ]
    )


def test_a_provider_has_no_business_anywhere_else(stack: Stack) -> None:
    credentials = stack.provider_credentials("napr")
    refused(
        stack.client("dynamodb", credentials).get_item,
        TableName="karibche-test-citizens",
        Key={"pk": {"S": "x"}, "sk": {"S": "x"}},
    )
    refused(stack.client("s3", credentials).list_objects_v2, Bucket=stack.outputs()["VaultBucketName"])
    refused(
        stack.client("kms", credentials).generate_data_key, KeyId=stack.outputs()["DataKeyArn"], KeySpec="AES_256"
    )
    refused(stack.client("iam", credentials).create_access_key, UserName="karibche-test-provider-sda")


def test_a_wrong_secret_opens_nothing(stack: Stack) -> None:
    from local.cloud import Credentials

    real = stack.provider_credentials("napr")
    forged = stack.client("sqs", Credentials(real.access_key_id, "wrong" * 8))
    with pytest.raises(ClientError):
        forged.receive_message(QueueUrl=url(stack, requests_queue("test", "napr")))
