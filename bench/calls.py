"""How many AWS calls each step of the journey makes, counted in this process against the embedded cloud."""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import botocore.client

from bench.portal import adopt
from bench.table import Section
from chalicelib.core.names import resource_name
from local import journey
from local.cloud import ACCOUNT, REGION
from local.direct import DirectClient
from local.pki import Holder, Pki, Responder
from local.softcard import SoftCard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from local.stack import Stack

Calls = Counter[str]
SESSION = "GetItem sessions"
PROVIDER = "napr"


class StepFailedError(Exception):
    """A worker reported that it could not do its part."""


def measure(stack: Stack) -> Section:
    """Walk the journey twice with one citizen: first with nothing remembered, then warm."""
    citizen = journey.admitted(journey.signed_in_operator(stack))
    _let_nobody_else_work(stack)
    adopt(stack)
    import app

    logging.getLogger("portal").setLevel(logging.ERROR)  # its log would stand among the figures
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki.create(Path(folder))
        with Responder(pki) as responder:
            stack.trust(pki.trust(responder.url))
            first, warm = (Walk(app, stack, citizen, pki, forgetful=forgetful) for forgetful in (True, False))
            first.go()
            warm.go()
    rows = [_row(name, first.steps[name], calls) for name, calls in warm.steps.items()]
    return Section(
        "AWS calls of each step",
        ("", "session", "own", "first", "own calls, warm"),
        rows,
        "Warm: the second time in one process, with the citizen's data key (held for five minutes), the version "
        "of the service and the list of authorities in memory. “first”: own calls with none of them in memory, as "
        "workers, who meet another citizen each time, usually make them. “session”: the read that finds out who "
        "asks. “[n]”: the writes of a transaction. What event sources themselves read and delete is not counted.",
    )


def _row(name: str, first: Calls, warm: Calls) -> tuple[str, ...]:
    listed = ", ".join(f"{call} ×{count}" if count > 1 else call for call, count in own(warm).items())
    return (name, str(warm[SESSION]), str(own(warm).total()), str(own(first).total()), listed)


def own(calls: Calls) -> Calls:
    """The calls without the session's read."""
    return Counter({name: count for name, count in calls.items() if name != SESSION})


@contextmanager
def counted() -> Iterator[Calls]:
    """Count what botocore's clients in this process call meanwhile."""
    calls: Calls = Counter()
    # The one method that boto3's clients and PynamoDB both pass through.
    call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001  # see above

    def hooked(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
        calls[named(client.meta.service_model.service_name, operation, parameters)] += 1
        return call(client, operation, parameters)

    with mock.patch.object(botocore.client.BaseClient, "_make_api_call", hooked):
        yield calls


def named(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """A call in a few words: `Query requests/by-citizen`, `TransactWriteItems[7]`, `kms Decrypt`."""
    if service != "dynamodb":
        return f"{service} {operation}"
    if "TransactItems" in parameters:
        return f"{operation}[{len(parameters['TransactItems'])}]"
    table = str(parameters.get("TableName", "")).removeprefix(resource_name("test", ""))
    index = f"/{parameters['IndexName']}" if "IndexName" in parameters else ""
    return f"{operation} {table}{index}"


def _let_nobody_else_work(stack: Stack) -> None:
    """Keep the deployed functions from doing the workers' part before this process does."""
    functions = stack.client("lambda")
    for page in functions.get_paginator("list_event_source_mappings").paginate():
        for source in page["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)


@dataclass
class Walk:
    """One way through the journey; `forgetful` drops before each step what a process remembers of a citizen."""

    functions: ModuleType
    stack: Stack
    citizen: journey.Citizen
    pki: Pki
    forgetful: bool
    steps: dict[str, Calls] = field(default_factory=dict)

    def go(self) -> None:
        """Walk, and count in `steps`."""
        api = DirectClient(self.stack.site_port)
        request_id, sha256 = self._send(api)
        with self._step("list of requests"):
            journey.expect(api.get("/v1/requests"), 200)
        with self._step("one request, without a reply"):
            journey.expect(api.get(f"/v1/requests/{request_id}"), 200)
        self._deliver(request_id)
        self._reply(request_id, sha256)
        with self._step("one request, with its answer"):
            journey.expect(api.get(f"/v1/requests/{request_id}"), 200)
        self._show_a_card(DirectClient(self.stack.site_port))

    def _show_a_card(self, api: DirectClient) -> None:
        """Register with a card, and sign in with it again."""
        person = journey.new_person()
        card = SoftCard.issued(
            self.pki.authentication, Holder(person["first_name"], person["last_name"], person["personal_number"])
        )
        with self._step("challenge for a card"):
            nonce = journey.expect(api.post("/v1/session/card/challenge"), 201)["nonce"]
        with self._step("first sign-in with a card"):
            self._enter(api, card, nonce)
        with self._step("contact, which registers"):
            contact = {"email": person["email"], "mobile": person["mobile"]}
            journey.expect(api.put("/v1/session/contact", contact), 200)
        journey.accept_terms(api)
        nonce = journey.expect(api.post("/v1/session/card/challenge"), 201)["nonce"]
        with self._step("sign-in with a card"):
            self._enter(api, card, nonce)

    def _enter(self, api: DirectClient, card: SoftCard, nonce: str) -> None:
        token = card.token(nonce, self.stack.origin)
        journey.expect(api.post("/v1/session/card", {"token": token}), 200)

    def _send(self, api: DirectClient) -> tuple[str, str]:
        """Sign in and send an application; its id, and the digest that was shown."""
        with self._step("sign in"):
            signing_in = {"email": self.citizen.email, "password": self.citizen.password}
            journey.expect(api.post("/v1/session", signing_in), 200)
        with self._step("home"):
            journey.expect(api.get("/v1/home"), 200)
        with self._step("begin a draft"):
            begun = api.post("/v1/drafts", {"service_id": journey.SERVICE}, key=True)
        draft_id = journey.expect(begun, 201)["draft_id"]
        answers = {**journey.ANSWERS, "addressee": PROVIDER}
        with self._step("save a page"):
            saved = api.put(f"/v1/drafts/{draft_id}", {"answers": answers, "page": "request"}, match=begun.etag)
        with self._step("check the answers"):
            checked = api.post(f"/v1/drafts/{draft_id}/check", {}, match=saved.etag)
        sha256 = journey.expect(checked, 200)["application"]["sha256"]
        with self._step("send"):
            sent = api.post("/v1/requests", {"draft_id": draft_id}, key=True, match=checked.etag)
        return journey.expect(sent, 201)["request_id"], sha256

    def _deliver(self, request_id: str) -> None:
        """What follows from sending: the request goes to its provider, a letter to the citizen."""
        request, letter = self._waiting(request_id), self._waiting(self.citizen.citizen_id)
        with self._step("dispatch of a request"):
            _work(self.functions.dispatch_outbox, _stream_record(request))
        with self._step("dispatch of a letter"):
            _work(self.functions.dispatch_outbox, _stream_record(letter))
        message = {"citizen_id": self.citizen.citizen_id, "notice_id": letter["about"]["S"]}
        with self._step("mail of a letter"):
            _work(self.functions.send_mail, _sqs_record("mail", json.dumps(message)))

    def _reply(self, request_id: str, sha256: str) -> None:
        """What the provider says: that it has the request, and its answer."""
        from chalicelib.providers import messages

        moment = "2026-11-24T00:00:00Z"
        receipt = {"request_id": request_id, "sha256": sha256}
        body = messages.inline("პასუხი".encode(), _sha256("პასუხი".encode()), "text/plain")
        attachment = {"name": "a.pdf", **messages.inline(b"%PDF", _sha256(b"%PDF"), "application/pdf")}
        answer = {"request_id": request_id, "body": body, "attachments": [attachment]}
        for name, kind, data in (
            ("receipt of the provider", messages.RECEIVED, receipt),
            ("answer with one attachment", messages.ANSWERED, answer),
        ):
            event = messages.event(kind, f"bench-{request_id}-{kind}", None, moment, data)
            record = _sqs_record(f"provider-{PROVIDER}-replies", event)
            with self._step(name):
                _work(self.functions.receive_replies, record)

    def _waiting(self, subject: str) -> dict[str, Any]:
        """The newest outbox item about a request, or for a citizen, that was not sent."""
        pages = self.stack.client("dynamodb").get_paginator("scan")
        found = [
            item
            for page in pages.paginate(TableName=resource_name(self.stack.stage, "outbox"))
            for item in page["Items"]
            if item["subject"]["S"] == subject and "sent_at" not in item
        ]
        return dict(max(found, key=lambda item: item["created_at"]["S"]))

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        from chalicelib.auth import trust
        from chalicelib.catalogue import repository as services
        from chalicelib.core import crypto

        if self.forgetful:
            crypto.forget_data_keys()
            trust.forget_issuers()
            services.version.cache_clear()
        with counted() as calls:
            yield
        self.steps[name] = calls


def _work(function: Any, record: dict[str, Any]) -> None:
    """Let a worker do one record. Raises StepFailedError; its log says why."""
    said = function({"Records": [record]}, None)
    if said["batchItemFailures"]:
        raise StepFailedError(function.func.__name__)


def _stream_record(item: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"outbox_id": item["outbox_id"]}
    return {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": dict(item), "SequenceNumber": "1"}}


def _sqs_record(queue: str, body: str) -> dict[str, Any]:
    return {
        "messageId": "bench",
        "body": body,
        "attributes": {"SentTimestamp": str(int(time.time() * 1000))},
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{resource_name('test', queue)}",
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
