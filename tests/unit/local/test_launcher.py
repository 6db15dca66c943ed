import json
from pathlib import Path

import pytest

from local import launcher


def request(method: str = "POST", target: str = "", service: str = "dynamodb") -> dict[str, object]:
    headers = [(b"Authorization", f"AWS4-HMAC-SHA256 Credential=test/20261124/eu/{service}/aws4_request".encode())]
    if target:
        headers.append((b"X-Amz-Target", target.encode()))
    return {"type": "http", "method": method, "headers": headers}


@pytest.mark.parametrize(
    ("scope", "changes"),
    [
        (request(target="DynamoDB_20120810.TransactWriteItems"), True),
        (request(target="DynamoDB_20120810.GetItem"), False),
        (request(target="DynamoDB_20120810.Query"), False),
        (request(target="AmazonSQS.SendMessage", service="sqs"), True),
        (request(target="AmazonSQS.ReceiveMessage", service="sqs"), True),
        (request(method="PUT", service="s3"), True),
        (request(method="GET", service="s3"), False),
        (request(service="iam"), True),
    ],
)
def test_requests_that_only_read_cause_no_saving(scope: dict[str, object], *, changes: bool) -> None:
    assert launcher.may_change_state(scope) is changes


def test_functions_are_looked_at_again_after_a_deployment_only() -> None:
    assert launcher.touches_functions(request(service="cloudformation"))
    assert launcher.touches_functions(request(service="lambda"))
    assert not launcher.touches_functions(request(service="dynamodb"))


def test_positions_in_streams_are_forgotten_and_the_rest_is_kept(tmp_path: Path) -> None:
    saved = tmp_path / "lambda.json"
    saved.write_text(
        json.dumps({"__ministack_format__": 2, "payload": {"esms": 1, "dynamodb_stream_positions": 2}})
    )
    launcher.forget_stream_positions(tmp_path)
    assert json.loads(saved.read_text()) == {"__ministack_format__": 2, "payload": {"esms": 1}}
    launcher.forget_stream_positions(tmp_path)
    launcher.forget_stream_positions(tmp_path / "nothing-saved-yet")


def test_the_folder_of_the_workers_is_emptied(tmp_path: Path) -> None:
    (tmp_path / "tmp/worker").mkdir(parents=True)
    launcher.empty(tmp_path / "tmp")
    assert list((tmp_path / "tmp").iterdir()) == []
