"""One walk through every route, in success and in failure, watched from two sides.

What is answered has to fit what the API says of itself; what is logged has to be free of everything that a
person typed or was given.
"""

import base64
import hashlib
import importlib
import json
import re
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

import jsonschema_rs
import pyotp
import pytest

from chalicelib.core.names import replies_queue
from infra.functions import FUNCTIONS, log_group_name
from local import journey
from local.client import Answer, ApiClient, eventually
from local.direct import _route
from local.pki import Holder, Pki, Responder
from local.softcard import SoftCard
from local.stack import Stack

pytestmark = pytest.mark.cloud
PROVIDER = "sda"
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
NEVER_FAIL = {"read_openapi", "read_terms", "read_session", "read_operator_session"}
EVENTS = ("api.call", "outbox.sent", "mail.sent", "reply.taken", "reply.refused", "OutboxFound")
Make = Callable[[], ApiClient]


# -- what is said about the answers


@dataclass
class Record:
    """What was answered, held against the description of the API."""

    described: dict[str, Any]
    seen: set[tuple[str, int]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def watch(self, api: ApiClient) -> ApiClient:
        """Let every answer of this browser be noted."""
        call = api.call

        def watched(method: str, path: str, *given: Any, **more: Any) -> Answer:
            answer = call(method, path, *given, **more)
            self.note(method, path, answer)
            return answer

        api.call = watched  # type: ignore[method-assign]
        return api

    def note(self, method: str, path: str, answer: Answer) -> None:
        """Note an answer, and in what it differs from the description."""
        route, _ = _route(self.described["paths"], urlsplit(path).path)
        operation = self.described["paths"][route][method.lower()]
        self.seen.add((operation["operationId"], answer.status))
        response = operation["responses"].get(str(answer.status))
        if response is None and answer.status >= 400:
            response = operation["responses"]["default"]
        for fault in self._faults(response, answer):
            self.faults.append(f"{method} {route} {answer.status}: {fault}")

    def _faults(self, response: dict[str, Any] | None, answer: Answer) -> Iterator[str]:
        if response is None:
            yield "this status is not described"
            return
        if "content" not in response:
            if answer.content:
                yield "there is a body where none is described"
            return
        ((kind, content),) = response["content"].items()
        if answer.headers.get("content-type", "").split(";")[0] != kind:
            yield f"the body is not {kind}"
            return
        schema = content["schema"] | {"components": self.described["components"]}
        for error in jsonschema_rs.Draft202012Validator(schema, validate_formats=True).iter_errors(answer.json()):
            yield f"{error.instance_path} {error.kind.name}"


# -- what must not be said in a log


@dataclass
class Typed:
    """Everything personal or secret that went over the wire."""

    values: set[str] = field(default_factory=set)

    def __call__(self, value: str) -> str:
        self.values.add(value)
        return value

    def found_in(self, text: str) -> list[str]:
        """The values that stand in a text, plain or encoded."""
        folded = text.casefold()
        return [value for value in sorted(self.values) if any(form in folded for form in _forms(value))] + [
            value for value in sorted(self.values) if value.isdigit() and _alone(value).search(text)
        ]


def _alone(digits: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![0-9A-Za-z]){digits}(?![0-9A-Za-z])")


def _forms(value: str) -> set[str]:
    """The ways in which a value may be written, folded. Digits count where they stand alone."""
    if value.isdigit():
        return set()
    forms = {value, json.dumps(value)[1:-1], ascii(value)[1:-1], quote(value, safe=""), quote(value)}
    data = value.encode()
    for shift, start in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(b"\0" * shift + data).decode()[start : (shift + len(data)) * 8 // 6]
        if len(encoded) >= 10:
            forms |= {encoded, encoded.translate(str.maketrans("+/", "-_"))}
    return {form.casefold() for form in forms}


# -- the walk


@dataclass
class Walk:
    """Somebody's whole way, and an operator's; `say` lets the institution speak, `mailed` finds a letter."""

    make: Make
    typed: Typed
    credentials: dict[str, str]
    pki: Pki
    say: Callable[[str], None]
    mailed: Callable[[str], str]

    def run(self) -> None:
        """Walk it."""
        self.public()
        self.with_a_card()
        operator = self.at_the_desk()
        person, one_time_password, citizen_id = self.registered(operator)
        api = self.signed_in(person, one_time_password)
        self.about_oneself(api, person)
        request_id = self.applied(api)
        self.answered(api, request_id)
        self.around(api)
        self.ended(operator, api, citizen_id)

    def public(self) -> None:
        api = self.make()
        for path in ("/openapi.json", "/v1/terms", "/v1/session", "/v1/operator/session"):
            assert api.get(path).status == 200
        name = quote(self.typed("ჟამთააღმწერელი გარეშე"))
        assert api.get(f"/v1/services/{name}").status == 404
        assert api.get("/v1/services/letter").status == 200

    def at_the_desk(self) -> ApiClient:
        api, typed = self.make(), self.typed
        body = {"email": self.credentials["email"], "password": self.credentials["password"]}
        wrong = {**body, "password": typed("სხვისი გასაღებია ეს"), "code": "000000"}
        assert api.post("/v1/operator/session", wrong).status == 401
        code = typed(pyotp.TOTP(self.credentials["totp_key"]).now())
        assert api.post("/v1/operator/session", {**body, "code": code}).status == 200
        typed(api.cookies["__Host-karibche-operator"])
        assert api.get("/v1/operator/session").json() == {"state": "ready"}
        return api

    def registered(self, operator: ApiClient) -> tuple[dict[str, Any], str, str]:
        typed, path = self.typed, "/v1/operator/citizens"
        person = {
            "first_name": typed("ჟუჟუნაბახტრიონი"),
            "last_name": typed("წყალწითელაშვილიანი"),
            "personal_number": typed("".join(secrets.choice("123456789") for _ in range(11))),
            "email": typed(f"zhuzhuna-{secrets.token_hex(4)}@tskaltsitela.example"),
            "mobile": typed("5" + "".join(secrets.choice("123456789") for _ in range(8))),
            "application_signed": True,
        }
        wrong = {name: f"{value} {typed('არასწორიმნიშვნელობა')}" for name, value in person.items()}
        assert operator.post(path, wrong, key=True).status == 422
        assert operator.post(path, person).status == 400
        made = operator.post(path, person, key=typed(f"key of {secrets.token_hex(8)}"))
        assert made.status == 201
        one_time_password, citizen_id = typed(made.json()["one_time_password"]), made.json()["citizen_id"]
        assert operator.post(path, person, key=True).status == 409
        lookup = {"personal_number": person["personal_number"]}
        assert operator.post(f"{path}/lookup", lookup).status == 200
        assert operator.post(f"{path}/lookup", {"personal_number": typed("98765432109")}).status == 404
        return person, one_time_password, citizen_id

    def with_a_card(self) -> None:
        """Somebody whom nobody knows registers alone."""
        api, typed = self.make(), self.typed
        number = typed("".join(secrets.choice("123456789") for _ in range(11)))
        card = SoftCard.issued(self.pki.authentication, Holder(typed("ჟანგბადია"), typed("წყალტუბელიანი"), number))
        session, path = "/v1/session", "/v1/session/card"
        origin = f"http://localhost:{api.port}"

        def token(site: str) -> dict[str, Any]:
            made = card.token(typed(api.post(f"{path}/challenge").json()["nonce"]), site)
            typed(api.cookies["__Host-karibche-card"])
            for name in ("signature", "unverifiedCertificate"):
                typed(made[name])
            return {"token": made}

        assert api.post(f"{path}/challenge", headers={"Origin": "https://example.com"}).status == 403
        assert api.post(path, {"token": {typed("უცხოველი"): typed("უცხოპასუხი")}}).status == 409
        assert api.post(path, token("https://example.com")).status == 403
        assert api.post(path, token(origin)).status == 200
        typed(api.cookies["__Host-karibche-citizen"])
        assert api.get("/v1/home").status == 403
        contact = {
            "email": typed(f"zhangbadi-{secrets.token_hex(4)}@tskaltsitela.example"),
            "mobile": typed("5" + "".join(secrets.choice("123456789") for _ in range(8))),
        }
        assert api.put(f"{session}/contact", {**contact, "mobile": typed("ნომერიარმაქვს")}).status == 422
        assert api.put(f"{session}/contact", contact).status == 200
        assert api.get(session).json()["state"] == "terms"

    def signed_in(self, person: dict[str, Any], one_time_password: str) -> ApiClient:
        api, typed = self.make(), self.typed
        for email in (person["email"], typed("utsnobi@tskaltsitela.example")):
            body = {"email": email, "password": typed("არასწორი გასაღები ჟირაფისა")}
            assert api.post("/v1/session", body).status == 401
        assert api.get("/v1/home").status == 401
        assert api.post("/v1/session", {"email": person["email"], "password": one_time_password}).status == 200
        typed(api.cookies["__Host-karibche-citizen"])
        assert api.get("/v1/home").status == 403
        weak = {"new_password": typed("მოკლეგასაღები")}
        assert api.put("/v1/session/password", weak).status == 422
        self.password = typed("ფიროსმანის ჟირაფი მთვარეზე")
        assert api.put("/v1/session/password", {"new_password": self.password}).status == 200
        typed(api.cookies["__Host-karibche-citizen"])
        assert api.get("/v1/session").json()["state"] == "terms"
        assert api.post("/v1/terms/acceptances", {"version": typed("ძველივერსი")}).status == 409
        version = api.get("/v1/terms").json()["version"]
        assert api.post("/v1/terms/acceptances", {"version": version}).status == 200
        assert api.get("/v1/session").json()["state"] == "ready"
        return api

    def about_oneself(self, api: ApiClient, person: dict[str, Any]) -> None:
        typed, path = self.typed, "/v1/profile"
        profile = api.get(path)
        assert profile.json()["personal_number"] == person["personal_number"]
        stranger = self.make()
        stranger.cookies["__Host-karibche-citizen"] = typed("not-a-session-of-anybody")
        assert stranger.get(path).status == 401
        mobile = {"mobile": typed("5" + "".join(secrets.choice("123456789") for _ in range(8)))}
        assert api.patch(path, mobile, match=f'"{person["personal_number"]}"').status == 412
        assert api.patch(path, {"mobile": typed("ტელეფონისნომერი")}, match=profile.etag).status == 422
        assert api.patch(path, mobile, match=profile.etag).status == 200
        new = typed(f"akhali-{secrets.token_hex(4)}@tskaltsitela.example")
        changes = f"{path}/email-changes"
        wrong = {"new_email": new, "current_password": typed("სხვა გასაღები სახლისა")}
        assert api.post(changes, wrong, key=True).status == 422
        assert api.post(changes, {**wrong, "current_password": self.password}, key=True).status == 202
        assert api.get(path).json()["email_change"]["new_email"] == new
        code = CODE.search(self.mailed(new))
        assert code
        assert api.post(f"{changes}/confirmation", {"code": other_than(code[0])}, key=True).status == 422
        assert api.post(f"{changes}/confirmation", {"code": typed(code[0])}, key=True).status == 200

    def applied(self, api: ApiClient) -> str:
        typed = self.typed
        answers = {
            "addressee": PROVIDER,
            "subject": typed("ჭინჭრაქას დაკარგული ხმალი"),
            "description": typed("ბაყბაყდევმა წამართვა და აღარ მიბრუნებს"),
            "reply_form": "paper",
            "postal_address": typed("ცხრამთასიქითა ქუჩა, სახლი უნომრო"),
        }
        assert api.post("/v1/drafts", {"service_id": typed("უცნობი სერვისი ჟღალი")}, key=True).status == 404
        begun = api.post("/v1/drafts", {"service_id": journey.SERVICE}, key=True)
        assert begun.status == 201
        path = f"/v1/drafts/{begun.json()['draft_id']}"
        unknown = {"answers": {typed("უცნობიველი"): typed("უცნობიპასუხი")}}
        assert api.put(path, unknown, match=begun.etag).status == 422
        assert api.post(f"{path}/check", match=begun.etag).status == 422
        saved = api.put(path, {"answers": answers, "page": typed("გვერდიჟღალი")}, match=begun.etag)
        assert saved.status == 200
        assert api.put(path, {"answers": answers}, match=begun.etag).status == 412
        assert api.get(path).status == 200
        assert api.get(f"/v1/drafts/{quote(answers['subject'])}").status == 404
        assert api.get(f"/v1/drafts?service_id={quote(answers['subject'])}").status == 200
        assert api.get(f"/v1/drafts?limit={quote(typed('რამდენიმეჟღალი'))}").status == 422
        checked = api.post(f"{path}/check", match=saved.etag)
        assert checked.status == 200
        body = {"draft_id": begun.json()["draft_id"]}
        assert api.post("/v1/requests", body, key=True, match=saved.etag).status == 412
        sent = api.post("/v1/requests", body, key=True, match=checked.etag)
        assert sent.status == 201
        second = api.post("/v1/drafts", {"service_id": journey.SERVICE}, key=True)
        other = f"/v1/drafts/{second.json()['draft_id']}"
        assert api.delete(other, match='"7"').status == 412
        assert api.delete(other, match=second.etag).status == 204
        request_id: str = sent.json()["request_id"]
        return request_id

    def answered(self, api: ApiClient, request_id: str) -> None:
        typed = self.typed
        self.say(typed("არც ერთი ფრჩხილი, მხოლოდ ზღაპარი"))
        self.say(envelope({"request_id": request_id, typed("ზედმეტიველი"): typed("ზედმეტიპასუხი")}))
        self.say(envelope({"request_id": "req_" + "0" * 26, **parts(typed("სხვისი საქმის პასუხი"), "სხვა.txt")}))
        self.say(
            envelope({"request_id": request_id, **parts(typed("ხმალი ნაპოვნია ქვევრში"), typed("ქვევრი-№7.txt"))})
        )
        path = f"/v1/requests/{request_id}"
        found = journey.awaited(api, request_id, "answered")
        assert api.get(f"/v1/requests/{quote(typed('მოთხოვნა უცხო'))}").status == 404
        attachment = f"{path}/messages/{found['messages'][0]['message_id']}/attachments/0"
        link = api.get(attachment)
        assert link.status == 303
        typed(re.search(r"X-Amz-Signature=(\w+)", link.headers["location"])[1])  # type: ignore[index]
        assert api.get(attachment.replace("/0", f"/{quote(typed('პირველი დანართი'))}")).status == 404

    def around(self, api: ApiClient) -> None:
        typed = self.typed
        assert api.get("/v1/home").status == 200
        assert api.get("/v1/requests").status == 200
        notices = api.get("/v1/notices?limit=1").json()
        assert api.get(f"/v1/notices?cursor={notices['next_cursor']}").status == 200
        for path in ("/v1/drafts", "/v1/requests", "/v1/notices"):
            assert api.get(f"{path}?cursor={quote(typed('ნიშანიჟღალი'))}").status == 400
        assert api.post(f"/v1/notices/{notices['items'][0]['notice_id']}/read").status == 204
        assert api.post(f"/v1/notices/{quote(typed('შეტყობინება უცხო'))}/read").status == 404

    def ended(self, operator: ApiClient, api: ApiClient, citizen_id: str) -> None:
        typed = self.typed
        path = "/v1/operator/citizens/{}/one-time-password"
        assert operator.post(path.format(quote(typed("უცნობიმოქალაქე"))), key=True).status == 404
        typed(operator.post(path.format(citizen_id), key=True).json()["one_time_password"])
        abroad = {"Origin": "https://example.com", "User-Agent": ascii(typed("ბრაუზერიჟღალი"))}
        for each, session in ((api, "/v1/session"), (operator, "/v1/operator/session")):
            assert each.delete(session, headers=abroad).status == 403
            assert each.delete(session).status == 204


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def envelope(data: dict[str, Any]) -> str:
    event = {
        "specversion": "1.0",
        "id": f"rpl_{uuid.uuid4().hex}",
        "source": f"urn:karibche:provider:{PROVIDER}",
        "type": "ge.karibche.request.answered.v1",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False)


def parts(text: str, name: str) -> dict[str, Any]:
    content = text.encode()
    part = {
        "media_type": "text/plain",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_base64": base64.b64encode(content).decode(),
    }
    return {"body": part, "attachments": [{**part, "name": name}]}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    importlib.import_module("app")
    from chalicelib.core.openapi import document

    return document()


@pytest.fixture
def in_the_mail(mails: Callable[..., list[dict[str, Any]]]) -> Callable[[str], str]:
    return lambda address: str(mails(address)[0]["text"])


def new_operator(stack: Stack, typed: Typed) -> dict[str, str]:
    email = typed(f"mokhele-{secrets.token_hex(4)}@tskaltsitela.example")
    made = stack.create_operator(email)
    return {"email": email, "password": typed(made["password"]), "totp_key": typed(made["totp_key"])}


def test_every_route_answers_as_described_and_no_function_logs_what_was_typed(
    stack: Stack, described: dict[str, Any], in_the_mail: Callable[[str], str], pki: Pki, responder: Responder
) -> None:
    """R7.2, R7.3: through the gateway and the deployed functions, against what CloudWatch has of them."""
    typed, record = Typed(), Record(described)
    sqs = stack.provider_sqs(PROVIDER)
    url = sqs.get_queue_url(QueueName=replies_queue(stack.stage, PROVIDER))["QueueUrl"]
    walk = Walk(
        make=lambda: record.watch(ApiClient(stack.site_port)),
        typed=typed,
        credentials=new_operator(stack, typed),
        pki=pki,
        say=lambda body: str(sqs.send_message(QueueUrl=url, MessageBody=body)),
        mailed=in_the_mail,
    )
    walk.run()
    stack.sweep()
    assert record.faults == []
    assert_all_called(record)

    def said() -> str | None:
        text = "\n".join(line for lines in logged_by(stack).values() for line in lines)
        return text if all(event in text for event in EVENTS) else None

    assert typed.found_in(eventually(said, what="a line of every kind")) == []
    # Neither does anything of it lie in a table in the clear; the name of a key is the caller's own.
    kept = typed.found_in(repr(stored(stack)))
    assert [value for value in kept if not value.startswith("key of ")] == []

    # The same search finds a leak that is planted, so it looks at the right place.
    group = log_group_name(stack.stage, "api")
    logs = stack.client("logs")
    stream = logs.describe_log_streams(logGroupName=group)["logStreams"][0]["logStreamName"]
    name = "ჟუჟუნაბახტრიონი"
    leak = {"timestamp": int(time.time() * 1000), "message": json.dumps({"event": "planted", "who": name})}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[leak])
    assert typed.found_in("\n".join(logged_by(stack)["api"])) == [name]


def stored(stack: Stack) -> list[Any]:
    """Every item of every table."""
    dynamodb = stack.client("dynamodb")
    items: list[Any] = []
    for table in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            items += page["Items"]
    assert len(items) > 20
    return items


def logged_by(stack: Stack) -> dict[str, list[str]]:
    """What each function has logged."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    return {
        name: [
            event["message"]
            for page in pages.paginate(logGroupName=log_group_name(stack.stage, name))
            for event in page["events"]
        ]
        for name in FUNCTIONS
    }


def assert_all_called(record: Record) -> None:
    """Every endpoint of the application was called, and each succeeded and failed."""
    from chalicelib.core.http import endpoints

    names = {endpoint.name for endpoint in endpoints()}
    assert {name for name, status in record.seen if status < 400} == names
    assert {name for name, status in record.seen if status >= 400} == names - NEVER_FAIL


class Workers:
    """The functions behind queues, stream and schedule, called in this process."""

    def __init__(self, stack: Stack) -> None:
        self.app: Any = importlib.import_module("app")
        self.stage = stack.stage
        self.dynamodb = stack.client("dynamodb")

    def say(self, body: str) -> None:
        """Let the institution's message come in."""
        name = replies_queue(self.stage, PROVIDER)
        self.queue("receive_replies", body, f"arn:aws:sqs:eu-central-1:000000000000:{name}")

    def queue(self, function: str, body: str, arn: str = "arn:aws:sqs:eu-central-1:000000000000:any") -> Any:
        record = {
            "messageId": str(uuid.uuid4()),
            "receiptHandle": "receipt",
            "body": body,
            "attributes": {"SentTimestamp": str(int(time.time() * 1000))},
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
        }
        return getattr(self.app, function)({"Records": [record]}, None)

    def relay_again(self, subjects: set[str]) -> int:
        """Do again what the outbox had to do about these; how much that was."""
        table = f"karibche-{self.stage}-outbox"
        items = [
            item
            for page in self.dynamodb.get_paginator("scan").paginate(TableName=table)
            for item in page["Items"]
            if item["subject"]["S"] in subjects
        ]
        for number, item in enumerate(items):
            self.dynamodb.update_item(
                TableName=table, Key={"outbox_id": item["outbox_id"]}, UpdateExpression="REMOVE sent_at"
            )
            keys = {"outbox_id": item["outbox_id"]}
            stream = {"eventName": "INSERT", "dynamodb": {"Keys": keys, "SequenceNumber": str(number)}}
            self.app.dispatch_outbox({"Records": [stream]}, None)
        tick = {"version": "0", "id": "1", "detail-type": "x", "source": "x", "account": "x", "time": "x"}
        self.app.sweep_outbox({**tick, "region": "x", "resources": [], "detail": {}}, None)
        return len(items)


@pytest.fixture
def walked_here(
    stack: Stack,
    described: dict[str, Any],
    direct: Callable[..., ApiClient],
    in_the_mail: Callable[[str], str],
    *,
    pki: Pki,
    responder: Responder,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], tuple[Record, Typed]]:
    """The same walk in this process, workers included, down to what fails in them."""
    from chalicelib.notifications import mail
    from chalicelib.notifications.repository import find_letter
    from chalicelib.requests import find_head

    def walk() -> tuple[Record, Typed]:
        typed, record, workers = Typed(), Record(described), Workers(stack)
        route = Walk(
            make=lambda: record.watch(direct()),
            typed=typed,
            credentials=new_operator(stack, typed),
            pki=pki,
            say=workers.say,
            mailed=in_the_mail,
        )
        subjects: set[str] = set()
        awaited = journey.awaited

        def noted(api: ApiClient, request_id: str, *given: Any) -> Any:
            head = find_head(request_id)
            assert head
            subjects.update({request_id, head.citizen_id})
            return awaited(api, request_id, *given)

        monkeypatch.setattr(journey, "awaited", noted)
        route.run()
        monkeypatch.setattr(journey, "awaited", awaited)
        assert workers.relay_again(subjects) >= 4
        _mail_again(workers, subjects, monkeypatch, mail, find_letter)
        workers.queue("send_mail", typed("არც ეს არის წერილი"))
        workers.queue("receive_replies", typed("სხვისი რიგიდან მოსული"))
        return record, typed

    return walk


def _mail_again(
    workers: Workers, subjects: set[str], monkeypatch: pytest.MonkeyPatch, mail: Any, find_letter: Any
) -> None:
    """Send a letter that was sent, and then let the e-mail service quote its address in an error."""
    from botocore.exceptions import ClientError

    from chalicelib.core import aws
    from chalicelib.notifications import newest_notices

    citizen_id = next(subject for subject in subjects if subject.startswith("cit_"))
    notices, _ = newest_notices(citizen_id, 10)
    body = json.dumps({"citizen_id": citizen_id, "notice_id": notices[0].notice_id})
    with monkeypatch.context() as patched:
        patched.setattr(mail, "claim_letter", lambda *given: True)
        patched.setattr(mail, "find_letter", lambda *given: replace(find_letter(*given), mailed=False))
        assert workers.queue("send_mail", body) == {"batchItemFailures": []}

        class Refusing:
            def send_email(self, **given: Any) -> None:
                message = f"Email address is not verified: {given['Destination']} {given['Content']}"
                raise ClientError({"Error": {"Code": "MessageRejected", "Message": message}}, "SendEmail")

        patched.setattr(aws, "ses", Refusing)
        assert len(workers.queue("send_mail", body)["batchItemFailures"]) == 1


def test_nothing_that_was_typed_is_logged_in_this_process(
    walked_here: Callable[[], tuple[Record, Typed]], logged: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """R7.2, R7.3: with workers that fail, and all that libraries print."""
    record, typed = walked_here()
    said = capfd.readouterr()
    assert record.faults == []
    assert_all_called(record)
    text = "\n".join([*logged, said.out, said.err])
    for event in ("api.call", "outbox.sent", "mail.sent", "mail.failed", "reply.taken", "reply.failed"):
        assert event in text
    assert "MessageRejected" in text
    assert typed.found_in(text) == []


def test_a_log_line_that_told_more_would_be_found(
    walked_here: Callable[[], tuple[Record, Typed]], logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R7.3: a body in one line of the log, and nearly everything that was typed is found."""
    from chalicelib.core import observability

    honest = observability.log
    app = importlib.import_module("app").app

    def leaking(event: str, **ids: Any) -> None:
        request = app.current_request
        honest(event, **ids, body=request.raw_body.decode() if request else None)

    monkeypatch.setattr(observability, "log", leaking)
    _, typed = walked_here()
    found = set(typed.found_in("\n".join(logged)))
    assert {"ჟუჟუნაბახტრიონი", "წყალწითელაშვილიანი", "ბაყბაყდევმა წამართვა და აღარ მიბრუნებს"} <= found
    digits = {value for value in found if value.isdigit()}
    assert {len(value) for value in digits} == {6, 9, 11}, "codes, mobiles and personal numbers"


@pytest.mark.parametrize(
    "line",
    [
        "who=ნინო ბერიძე",
        'who="\\u10dc\\u10d8\\u10dc\\u10dd \\u10d1\\u10d4\\u10e0\\u10d8\\u10eb\\u10d4"',
        f"/x?name={quote('ნინო ბერიძე')}",
        *(base64.b64encode(b"x" * shift + "ნინო ბერიძე და სხვა".encode()).decode() for shift in range(3)),
        base64.urlsafe_b64encode("ნინო ბერიძე".encode()).decode(),
    ],
)
def test_a_value_is_found_however_it_is_written(line: str) -> None:
    assert Typed({"ნინო ბერიძე"}).found_in(line) == ["ნინო ბერიძე"]
    assert Typed({"ნინო ბერძენი"}).found_in(line) == []


def test_digits_are_found_where_they_stand_alone() -> None:
    typed = Typed({"123456"})
    assert typed.found_in('"code": "123456"') == ["123456"]
    assert typed.found_in("req 4f123456-c377, 1123456") == []


@pytest.mark.parametrize(
    ("status", "content", "fault"),
    [
        (200, {"state": "ready"}, "[] oneOf"),
        (200, {"state": "signed-out", "surplus": 1}, "[] oneOf"),
        (201, {"state": "signed-out"}, "this status is not described"),
        (401, {"state": "signed-out"}, "the body is not application/problem+json"),
    ],
)
def test_an_answer_that_differs_from_its_description_is_noticed(
    described: dict[str, Any], status: int, content: dict[str, Any], fault: str
) -> None:
    record = Record(described)
    headers = {"content-type": "application/json"}
    record.note("GET", "/v1/session", Answer(status, headers, json.dumps(content).encode()))
    assert [each.split(" ", 2)[2] for each in record.faults] == [f"{status}: {fault}"]
