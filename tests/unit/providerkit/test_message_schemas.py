"""The messages between portal and providers: each example fits its schema, each broken variant does not (R5.4)."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from providerkit.messages import parse

from providerkit import Attachment, Submitted, answered, received

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for folder in ("docs/messages", "chalicelib/providers/schemas")
    for path in sorted((ROOT / folder).glob("*.schema.json"))
}
EXAMPLES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "docs/messages/examples").glob("*.json"))
}
DIGEST = "0" * 64


def valid(name: str, message: Any) -> bool:
    return jsonschema_rs.validator_for(SCHEMAS[name], validate_formats=True).is_valid(message)


def test_every_message_has_one_schema_and_one_example() -> None:
    assert SCHEMAS.keys() == EXAMPLES.keys()
    assert sorted(SCHEMAS) == [
        "reply.refused.v1",
        "request.answered.v1",
        "request.received.v1",
        "request.submitted.v1",
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_fits(name: str) -> None:
    assert valid(name, EXAMPLES[name])
    assert EXAMPLES[name]["type"] == f"ge.karibche.{name}"


@pytest.mark.parametrize("name", ["request.submitted.v1", "reply.refused.v1"])
def test_what_the_portal_sends_is_read_by_the_kit(name: str) -> None:
    assert parse(json.dumps(EXAMPLES[name], ensure_ascii=False)).event_id == EXAMPLES[name]["id"]


def test_what_the_kit_sends_fits() -> None:
    request = parse(json.dumps(EXAMPLES["request.submitted.v1"]))
    assert isinstance(request, Submitted)
    receipt = received(request, provider="napr", reply_id="rpl_1", at="2026-11-24T10:15:02Z")
    assert valid("request.received.v1", json.loads(receipt))
    answer = answered(
        request.request_id,
        provider="napr",
        reply_id="rpl_2",
        at="2026-11-24T10:15:02Z",
        text="პასუხი",
        attachments=(Attachment("დანართი.bin", "application/octet-stream", bytes(range(256))),),
    )
    assert valid("request.answered.v1", json.loads(answer))


@pytest.mark.parametrize("name", EXAMPLES)
def test_other_cloudevents_attributes_are_ignored(name: str) -> None:
    assert valid(name, EXAMPLES[name] | {"traceparent": "00-1-2-01"})


def without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(message: dict[str, Any]) -> None:
        for key in path[:-1]:
            message = message[key]
        del message[path[-1]]

    return change


def having(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(message: dict[str, Any]) -> None:
        for key in path[:-1]:
            message = message[key]
        message[path[-1]] = value

    return change


EVERY = [
    without("id"),
    without("source"),
    without("type"),
    without("data"),
    without("specversion"),
    having("0.3", "specversion"),
    having("", "id"),
    having("a b", "id"),
    having("x" * 129, "id"),
    having("ge.karibche.request.received.v2", "type"),
    having("text/xml", "datacontenttype"),
    having("yesterday", "time"),
    having([], "data"),
    having("x", "data", "unknown"),
]
BROKEN = [
    *[(name, change) for name in EXAMPLES for change in EVERY],
    ("request.submitted.v1", without("subject")),
    ("request.submitted.v1", without("data", "application")),
    ("request.submitted.v1", having("12345", "data", "registration_number")),
    ("request.submitted.v1", having(204_801, "data", "application", "size")),
    ("request.submitted.v1", having("text/plain", "data", "application", "media_type")),
    ("request.submitted.v1", having("{}", "data", "application", "content")),
    ("request.received.v1", without("data", "sha256")),
    ("request.received.v1", having(DIGEST.replace("0", "A"), "data", "sha256")),
    ("request.received.v1", having("req_1", "data", "request_id")),
    ("request.received.v1", having(7, "data", "request_id")),
    ("request.answered.v1", without("data", "attachments")),
    ("request.answered.v1", without("data", "body", "sha256")),
    ("request.answered.v1", having("no base64!", "data", "body", "content_base64")),
    ("request.answered.v1", having(-1, "data", "body", "size")),
    ("request.answered.v1", having("plain", "data", "body", "media_type")),
    ("request.answered.v1", having("x", "data", "body", "name")),
    ("request.answered.v1", having([{"name": "a.txt"}], "data", "attachments")),
    ("reply.refused.v1", having("because", "data", "reason")),
    ("reply.refused.v1", without("data", "reply_id")),
]


@pytest.mark.parametrize(("name", "change"), BROKEN)
def test_a_broken_variant_does_not_fit(name: str, change: Callable[[dict[str, Any]], None]) -> None:
    message = copy.deepcopy(EXAMPLES[name])
    change(message)
    assert not valid(name, message)


@pytest.mark.parametrize("name", ["../a.txt", "a\\b.txt", "a\nb.txt", "", "a" * 256, "a\x7f"])
def test_a_file_name_is_only_a_name(name: str) -> None:
    message = copy.deepcopy(EXAMPLES["request.answered.v1"])
    message["data"]["attachments"][0]["name"] = name
    assert not valid("request.answered.v1", message)


def test_ten_attachments_at_most() -> None:
    message = copy.deepcopy(EXAMPLES["request.answered.v1"])
    message["data"]["attachments"] *= 10
    assert valid("request.answered.v1", message)
    message["data"]["attachments"] *= 2
    assert not valid("request.answered.v1", message)
