from collections import Counter

import botocore.session
from botocore.stub import Stubber

from bench.calls import counted, named, own


def test_what_a_client_calls_is_counted_while_it_is_asked() -> None:
    client = botocore.session.get_session().create_client(
        "sqs", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        for _ in range(3):
            stub.add_response("list_queues", {})
        client.list_queues()
        with counted() as calls:
            client.list_queues()
        client.list_queues()

    assert calls == {"sqs ListQueues": 1}


def test_a_call_is_named_by_what_it_is_about() -> None:
    table = {"TableName": "karibche-test-requests"}
    assert named("dynamodb", "GetItem", table) == "GetItem requests"
    assert named("dynamodb", "Query", {**table, "IndexName": "by-citizen"}) == "Query requests/by-citizen"
    assert named("dynamodb", "TransactWriteItems", {"TransactItems": [{}, {}]}) == "TransactWriteItems[2]"
    assert named("kms", "Decrypt", {}) == "kms Decrypt"


def test_the_read_of_the_session_is_not_among_a_steps_own_calls() -> None:
    assert own(Counter({"GetItem sessions": 1, "PutItem sessions": 2})) == {"PutItem sessions": 2}
