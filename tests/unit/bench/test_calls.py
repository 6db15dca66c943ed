from collections import Counter

import botocore.session
import pytest
from botocore.stub import Stubber
from chalice.app import Chalice, Response

from bench.calls import counted, named, own
from bench.client import InProcessClient, NoSuchRouteError, matched


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


def test_a_path_finds_its_route() -> None:
    routes = {"/v1/drafts/{draft_id}": {"GET": 1}, "/v1/drafts/new": {"GET": 1}, "/v1/drafts": {"POST": 1}}
    assert matched(routes, "GET", "/v1/drafts/drf_1") == ("/v1/drafts/{draft_id}", {"draft_id": "drf_1"})
    assert matched(routes, "GET", "/v1/drafts/new") == ("/v1/drafts/new", {})
    with pytest.raises(NoSuchRouteError):
        matched(routes, "GET", "/v1/drafts")


def test_the_application_is_called_as_the_gateway_would() -> None:
    app = Chalice("sample")

    @app.route("/v1/things/{name}", methods=["POST"])
    def thing(name: str) -> Response:
        request = app.current_request
        said = f"{name} {request.query_params['q']} {request.headers.get('cookie')} {request.json_body['a']}"
        return Response(said, headers={"Set-Cookie": ["seen=1; Path=/"], "ETag": '"1"'}, status_code=201)

    client = InProcessClient(app, 8000)

    first = client.post("/v1/things/x?q=2", {"a": "ბ"})
    second = client.post("/v1/things/x?q=2", {"a": "ბ"})

    assert (first.status, first.etag, first.content.decode()) == (201, '"1"', "x 2 None ბ")
    assert second.content.decode() == "x 2 seen=1 ბ"
