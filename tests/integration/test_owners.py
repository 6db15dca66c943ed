"""What belongs to one citizen does not exist for another (R7.3); pages of lists; links to files."""

import base64
import hashlib
import json
import re
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema_rs
import pytest

from chalicelib.core.names import replies_queue, requests_queue
from infra.stages import ROOT
from local import journey
from local.client import Answer, ApiClient
from local.direct import DirectClient
from local.journey import ANSWERS, SERVICE, Citizen, expect
from local.stack import Stack

pytestmark = pytest.mark.cloud
PROVIDER = "sda"
FILE = "დანართი\r\n\x00\xff".encode()
NAME = 'პასუხი №1; "ასლი" 100%.pdf'
NONE = {"drf": "drf_" + "0" * 26, "req": "req_" + "0" * 26, "ntc": "ntc_" + "0" * 26, "msg": "msg_" + "0" * 32}


def part(content: bytes, media_type: str, **more: str) -> dict[str, Any]:
    return {
        **more,
        "media_type": media_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_base64": base64.b64encode(content).decode(),
    }


def say(stack: Stack, data: dict[str, Any], kind: str = "answered") -> str:
    """Let the institution say something; the event's id."""
    sqs = stack.provider_sqs(PROVIDER)
    event_id = f"rpl_{uuid.uuid4().hex}"
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"urn:karibche:provider:{PROVIDER}",
        "type": f"ge.karibche.request.{kind}.v1",
        "data": data,
    }
    url = sqs.get_queue_url(QueueName=replies_queue(stack.stage, PROVIDER))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event, ensure_ascii=False))
    return event_id


def events(stack: Stack) -> Iterator[dict[str, Any]]:
    """The events in the institution's queue, as they come."""
    sqs = stack.provider_sqs(PROVIDER)
    url = sqs.get_queue_url(QueueName=requests_queue(stack.stage, PROVIDER))["QueueUrl"]
    while True:
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(message["Body"])


@dataclass(frozen=True)
class Owned:
    """One citizen's things of every kind."""

    citizen: Citizen
    draft_id: str
    etag: str
    request_id: str
    message_id: str
    notice_id: str

    @property
    def attachment(self) -> str:
        return f"/v1/requests/{self.request_id}/messages/{self.message_id}/attachments/0"


@pytest.fixture(scope="module")
def owned(stack: Stack, operator: ApiClient) -> Owned:
    citizen = journey.admitted(operator)
    draft_id, etag, _ = journey.checked_draft(citizen.api, ANSWERS)
    request_id = journey.sent(citizen.api, addressee=PROVIDER)["request_id"]
    body = part("პასუხი".encode(), "text/plain")
    attachments = [part(FILE, "application/pdf", name=NAME), part(b"", "text/plain", name="ცარიელი.txt")]
    say(stack, {"request_id": request_id, "body": body, "attachments": attachments})
    message = journey.awaited(citizen.api, request_id, "answered")["messages"][0]
    notice = citizen.api.get("/v1/notices").json()["items"][0]
    return Owned(citizen, draft_id, etag, request_id, message["message_id"], notice["notice_id"])


def told(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    """What somebody learns from an answer: everything but the time and the request's own id."""
    content = re.sub(rb"urn:karibche:request:[0-9a-f-]+", b"", answer.content)
    headers = {name: value for name, value in answer.headers.items() if name != "date" and "id" not in name}
    return answer.status, content, headers


def calls(api: ApiClient, thing: Owned) -> dict[str, Answer]:
    """Everything that can be asked of one citizen's things."""
    draft = f"/v1/drafts/{thing.draft_id}"
    return {
        "read draft": api.get(draft),
        "save draft": api.put(draft, {"answers": ANSWERS}, match=thing.etag),
        "check draft": api.post(f"{draft}/check", match=thing.etag),
        "send draft": api.post("/v1/requests", {"draft_id": thing.draft_id}, key=True, match=thing.etag),
        "discard draft": api.delete(draft, match=thing.etag),
        "read request": api.get(f"/v1/requests/{thing.request_id}"),
        "read attachment": api.get(thing.attachment),
        "read notice": api.post(f"/v1/notices/{thing.notice_id}/read"),
    }


@pytest.mark.parametrize("language", ["ka", "en"])
def test_what_is_somebody_elses_is_like_what_does_not_exist(citizen: Citizen, owned: Owned, language: str) -> None:
    """R7.3: the same bytes and headers, so that nobody learns that it is there."""
    stranger = ApiClient(citizen.api.port, language, citizen.api.cookies)
    nothing = Owned(citizen, NONE["drf"], owned.etag, NONE["req"], NONE["msg"], NONE["ntc"])
    theirs, nobodys = calls(stranger, owned), calls(stranger, nothing)
    for what, answer in theirs.items():
        assert answer.status == 404, what
        assert answer.json()["type"] == "urn:karibche:problem:not-found", what
        assert told(answer) == told(nobodys[what]), what
    assert owned.citizen.api.get(f"/v1/drafts/{owned.draft_id}").etag == owned.etag
    unread = [each for each in owned.citizen.api.get("/v1/notices").json()["items"] if each["read_at"] is None]
    assert owned.notice_id in [each["notice_id"] for each in unread]


def test_lists_hold_only_ones_own(citizen: Citizen, owned: Owned) -> None:
    """R7.3"""
    for path in ("/v1/drafts", "/v1/requests", "/v1/notices"):
        content = citizen.api.get(path).content.decode()
        assert not any(name in content for name in (owned.draft_id, owned.request_id, owned.notice_id))


@pytest.mark.parametrize("index", ["2", "-1", "x", "00000000000000000000000000000009", "1.0", "%D9%A1"])
def test_there_are_as_many_attachments_as_came(owned: Owned, index: str) -> None:
    """R5.2"""
    path = owned.attachment[:-1] + index
    assert owned.citizen.api.get(path).status == 404
    other = owned.attachment.replace(owned.message_id, NONE["msg"])
    assert owned.citizen.api.get(other).status == 404


def test_an_attachment_leaves_under_its_name_by_a_link_of_a_minute(owned: Owned) -> None:
    """R5.2, R7.3: byte for byte; saved, never shown inside the portal."""
    answer = owned.citizen.api.get(owned.attachment)
    assert answer.status == 303
    assert answer.headers["cache-control"] == "no-store"
    link = answer.headers["location"]
    query = parse_qs(urlsplit(link).query)
    assert 0 < int(query["X-Amz-Expires"][0]) <= 60
    assert "X-Amz-Signature" in query
    with urllib.request.urlopen(link) as response:  # noqa: S310 - the portal's own link
        assert response.read() == FILE
        kind, _, name = response.headers["Content-Disposition"].partition("; filename*=UTF-8''")
        assert response.headers["Content-Type"] == "application/pdf"
    assert kind == "attachment"
    assert name.isascii()
    assert unquote(name) == NAME
    empty = owned.citizen.api.get(owned.attachment[:-1] + "1").headers["location"]
    with urllib.request.urlopen(empty) as response:  # noqa: S310 - the portal's own link
        assert response.read() == b""


def test_a_link_opens_one_file_and_can_not_be_bent_to_another(owned: Owned) -> None:
    """R7.3"""
    one = owned.citizen.api.get(owned.attachment).headers["location"]
    two = owned.citizen.api.get(owned.attachment[:-1] + "1").headers["location"]
    paths = [urlsplit(link).path for link in (one, two)]
    assert paths[0] != paths[1]
    for bent in (one.replace(paths[0], paths[1]), one.replace("X-Amz-Expires=60", "X-Amz-Expires=6000")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(bent)  # noqa: S310 - the portal's own link, bent
        assert refused.value.code == 403


def test_a_notice_is_read_once(new_citizen: Callable[..., Citizen]) -> None:
    """R1.4: the first time counts."""
    api = new_citizen().api

    def told_of_sending() -> dict[str, Any]:
        found = expect(api.get("/v1/notices"), 200)["items"]
        return next(each for each in found if each["kind"] == "request-sent")

    journey.sent(api, addressee=PROVIDER)
    notice = told_of_sending()
    unread = api.get("/v1/session").json()["unread_notices"]
    assert notice["read_at"] is None
    assert api.post(f"/v1/notices/{notice['notice_id']}/read").status == 204
    read_at = told_of_sending()["read_at"]
    assert read_at
    assert api.get("/v1/session").json()["unread_notices"] == unread - 1
    assert api.post(f"/v1/notices/{notice['notice_id']}/read").status == 204
    assert told_of_sending()["read_at"] == read_at
    assert api.get("/v1/session").json()["unread_notices"] == unread - 1


@pytest.fixture(scope="module")
def busy(operator: ApiClient) -> Citizen:
    """Somebody with three drafts, three requests, and their notices."""
    citizen = journey.admitted(operator)
    for _ in range(3):
        expect(citizen.api.post("/v1/drafts", {"service_id": SERVICE}, key=True), 201)
        journey.sent(citizen.api, addressee=PROVIDER)
    return citizen


LISTS = [("/v1/drafts", "draft_id"), ("/v1/requests", "request_id"), ("/v1/notices", "notice_id")]


@pytest.mark.parametrize(("path", "name"), LISTS)
def test_a_list_comes_in_pages_newest_first(busy: Citizen, path: str, name: str) -> None:
    """R1.4: each item once, none left out."""
    whole = expect(busy.api.get(f"{path}?limit=100"), 200)
    assert whole["next_cursor"] is None
    expected = [item[name] for item in whole["items"]]
    assert len(expected) >= 3
    assert expected == sorted(expected, reverse=True)
    found: list[str] = []
    cursor = ""
    for _ in range(len(expected) + 1):
        page = expect(busy.api.get(f"{path}?limit=1{cursor}"), 200)
        found += [item[name] for item in page["items"]]
        assert len(page["items"]) <= 1
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == expected


@pytest.mark.parametrize(("path", "name"), LISTS)
@pytest.mark.parametrize("limit", ["0", "-1", "101", "1000", "abc", "", "1.5", "1e1", "%00"])
def test_a_page_holds_one_to_a_hundred(busy: Citizen, path: str, name: str, limit: str) -> None:
    """R1.4"""
    answer = busy.api.get(f"{path}?limit={limit}")
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/limit"]
    assert "100" in answer.json()["errors"][0]["message"]


def token(key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


@pytest.mark.parametrize(("path", "name"), LISTS)
def test_a_page_token_of_another_list_or_citizen_or_pen_is_refused(
    busy: Citizen, citizen: Citizen, path: str, name: str
) -> None:
    """R7.3: and no bent one reaches the table."""
    cursor = expect(busy.api.get(f"{path}?limit=1"), 200)["next_cursor"]
    key = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    other = next(each for each, _ in LISTS if each != path)
    refused = [citizen.api.get(f"{path}?cursor={cursor}"), busy.api.get(f"{other}?cursor={cursor}")]
    bent: list[Any] = [
        {},
        [],
        "x",
        None,
        {**key, "citizen_id": {"S": citizen.citizen_id}},
        {**key, "citizen_id": busy.citizen_id},
        {**key, "surplus": {"S": "x"}},
        {"citizen_id": key["citizen_id"]},
        *({**key, each: {"N": "1"}} for each in key),
        *({**key, each: {"S": ""}} for each in key),
        *({**key, each: {"S": "x" * 5000}} for each in key),
        *({**key, each: {"S": 1}} for each in key),
    ]
    refused += [busy.api.get(f"{path}?cursor={token(each)}") for each in bent]
    refused += [busy.api.get(f"{path}?cursor={each}") for each in ("x", "!!!", "%E1%83%90", "W10", "e30", "_w")]
    deep = base64.urlsafe_b64encode(b"[" * 5000).decode()
    refused.append(busy.api.get(f"{path}?cursor={deep}"))
    for answer in refused:
        assert answer.status == 400
        assert answer.json()["type"] == "urn:karibche:problem:invalid-cursor"


@pytest.mark.timeout(90)
def test_what_the_portal_tells_an_institution_fits_the_published_schemas(stack: Stack, citizen: Citizen) -> None:
    """R5.4"""
    schemas = {
        f"ge.karibche.{path.name.removesuffix('.schema.json')}": json.loads(path.read_text(encoding="utf-8"))
        for path in (ROOT / "docs/messages").glob("*.schema.json")
    }
    request_id = journey.sent(citizen.api, addressee=PROVIDER)["request_id"]
    wrong = [
        {"request_id": request_id, "surplus": 1},
        {"request_id": NONE["req"], "body": part(b"x", "text/plain"), "attachments": []},
        {"request_id": request_id, "body": part(b"x", "text/html"), "attachments": []},
        {"request_id": request_id, "body": part(b"\xff", "text/plain"), "attachments": []},
        {"request_id": request_id, "body": part(b"x", "text/plain") | {"size": 2}, "attachments": []},
        {"request_id": request_id, "body": part(b"x" * 262145, "text/plain"), "attachments": []},
    ]
    waited = {say(stack, data) for data in wrong}
    sqs = stack.provider_sqs(PROVIDER)
    url = sqs.get_queue_url(QueueName=replies_queue(stack.stage, PROVIDER))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="not json, so there is no id to name")
    seen: set[str] = set()
    reasons: set[str] = set()
    for event in events(stack):
        schema = schemas[event["type"]]
        found = list(jsonschema_rs.validator_for(schema, validate_formats=True).iter_errors(event))
        assert not found, [error.instance_path for error in found]
        if event["type"] == "ge.karibche.reply.refused.v1":
            reasons.add(event["data"]["reason"])
            waited.discard(event["data"]["reply_id"])
            seen.add(str(event["data"]["reply_id"]))
        elif event["data"]["request_id"] == request_id:
            seen.add(request_id)
        if not waited and {request_id, "None"} <= seen:
            break
    assert reasons == {
        "malformed",
        "unknown-request",
        "unsupported-type",
        "not-utf8",
        "digest-mismatch",
        "too-large",
    }
    assert citizen.api.get(f"/v1/requests/{request_id}").json()["state"] == "sent"


def test_a_request_is_read_until_its_time_is_over(
    direct: Callable[..., DirectClient], later: Callable[..., None], owned: Owned
) -> None:
    """R10.11: three years from the answer; what was not answered stays."""
    citizen = owned.citizen
    open_request = journey.sent(citizen.api, addressee=PROVIDER)["request_id"]
    api = direct()
    body = {"email": citizen.email, "password": citizen.password}
    later(days=3 * 365 - 1)
    expect(api.post("/v1/session", body), 200)
    assert api.get(f"/v1/requests/{owned.request_id}").status == 200
    later(days=3 * 365 + 1)
    expect(api.post("/v1/session", body), 200)
    assert api.get(f"/v1/requests/{owned.request_id}").status == 404
    assert api.get(owned.attachment).status == 404
    listed = [head["request_id"] for head in api.get("/v1/requests").json()["items"]]
    assert owned.request_id not in listed
    assert open_request in listed
    assert api.get("/v1/notices").json()["items"] == []
