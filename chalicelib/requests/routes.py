from chalicelib import catalogue, notifications, profiles, vault
from chalicelib.core.errors import NotFound
from chalicelib.core.http import Answer, Call, Routes
from chalicelib.core.principal import Auth
from chalicelib.core.schema import OPEN_OBJECT, array, one_of, page_of, record, string
from chalicelib.requests import draft_repository, drafts, repository, submission
from chalicelib.requests.model import Draft
from chalicelib.requests.views import (
    CHECKED,
    DRAFT,
    DRAFT_HEAD,
    HEAD,
    WHOLE,
    draft_head_json,
    head_json,
    whole_json,
)

routes = Routes(__name__)

_SHOWN_AT_HOME = 5
_SERVICE_ID = string(80)
_SERVICE = record(
    {"service": OPEN_OBJECT, "missing": array(one_of("card", "signature")), "drafts": array(DRAFT_HEAD)}
)
_HOME = record(
    {
        "citizen": record({"first_name": string(80), "last_name": string(80)}),
        "drafts": array(DRAFT_HEAD),
        "requests": array(HEAD),
        "notices": array(notifications.NOTICE),
        "unread_notices": {"type": "integer", "minimum": 0},
    }
)


@routes.endpoint("GET", "/v1/home", auth=Auth.CITIZEN, summary="The personal page", answer=_HOME)
def read_home(call: Call) -> Answer:
    citizen_id = call.caller.subject
    person = profiles.person_of(citizen_id)
    begun, _ = draft_repository.drafts_of(citizen_id, _SHOWN_AT_HOME)
    sent, _ = repository.heads_of(citizen_id, _SHOWN_AT_HOME)
    told, _ = notifications.newest_notices(citizen_id, _SHOWN_AT_HOME)
    return Answer(
        {
            "citizen": {"first_name": person.first_name, "last_name": person.last_name},
            "drafts": [draft_head_json(draft) for draft in begun],
            "requests": [head_json(head) for head in sent],
            "notices": [notifications.to_json(notice) for notice in told],
            "unread_notices": notifications.count_unread(citizen_id),
        }
    )


@routes.endpoint(
    "GET", "/v1/services/{service_id}", auth=Auth.CITIZEN_IF_ANY, summary="A service as it is now", answer=_SERVICE
)
def read_service(call: Call) -> Answer:
    service = catalogue.current(call.params["service_id"])
    if service is None:
        raise NotFound
    begun: list[Draft] = []
    if call.principal and call.principal.state == "ready":
        begun, _ = draft_repository.drafts_of(
            call.principal.subject, _SHOWN_AT_HOME * 10, service_id=service.service_id
        )
    assurance = call.principal.assurance if call.principal else "low"
    missing = catalogue.missing_for(assurance, service.assurance, needs_signature=service.needs_signature)
    return Answer(
        {
            "service": dict(service.definition),
            "missing": missing,
            "drafts": [draft_head_json(draft) for draft in begun],
        }
    )


@routes.endpoint(
    "GET",
    "/v1/drafts",
    auth=Auth.CITIZEN,
    summary="The citizen's drafts, of one service where it is named",
    query={"service_id": _SERVICE_ID},
    answer=page_of(DRAFT_HEAD),
    paged=True,
)
def list_drafts(call: Call) -> Answer:
    limit, cursor = call.page()
    found, following = draft_repository.drafts_of(call.caller.subject, limit, cursor, call.query.get("service_id"))
    return Answer({"items": [draft_head_json(draft) for draft in found], "next_cursor": following})


@routes.endpoint(
    "POST",
    "/v1/drafts",
    auth=Auth.CITIZEN,
    summary="Begin an application",
    status=201,
    body=record({"service_id": _SERVICE_ID}),
    answer=DRAFT,
    idempotent=True,
)
def begin_draft(call: Call) -> Answer:
    return _shown(drafts.begin(call.caller, call.idempotency_key(), call.body["service_id"]))


@routes.endpoint("GET", "/v1/drafts/{draft_id}", auth=Auth.CITIZEN, summary="A draft and its form", answer=DRAFT)
def read_draft(call: Call) -> Answer:
    return _shown(drafts.read(call.caller.subject, call.params["draft_id"]))


@routes.endpoint(
    "PUT",
    "/v1/drafts/{draft_id}",
    auth=Auth.CITIZEN,
    summary="Save answers, complete or not",
    body=record({"answers": OPEN_OBJECT}, {"page": {"anyOf": [string(80), {"type": "null"}]}}),
    answer=DRAFT,
    if_match=True,
)
def save_draft(call: Call) -> Answer:
    saved = drafts.save(
        call.caller.subject,
        call.params["draft_id"],
        call.expected_version(),
        call.body["answers"],
        call.body.get("page"),
    )
    return _shown(saved)


@routes.endpoint(
    "POST",
    "/v1/drafts/{draft_id}/check",
    auth=Auth.CITIZEN,
    summary="Check the answers and build what will be sent",
    answer=CHECKED,
    if_match=True,
)
def check_draft(call: Call) -> Answer:
    saved, shown = drafts.check(call.caller, call.params["draft_id"], call.expected_version())
    return Answer(shown, version=saved.version)


@routes.endpoint(
    "DELETE", "/v1/drafts/{draft_id}", auth=Auth.CITIZEN, summary="Discard a draft", status=204, if_match=True
)
def discard_draft(call: Call) -> Answer:
    drafts.discard(call.caller.subject, call.params["draft_id"], call.expected_version())
    return Answer()


@routes.endpoint(
    "POST",
    "/v1/requests",
    auth=Auth.CITIZEN,
    summary="Send a checked application",
    status=201,
    body=record({"draft_id": string(40)}),
    answer=HEAD,
    idempotent=True,
    if_match=True,
)
def send_application(call: Call) -> Answer:
    key, version = call.idempotency_key(), call.expected_version()
    return Answer(submission.send(call.caller, key, call.body["draft_id"], version))


@routes.endpoint(
    "GET", "/v1/requests", auth=Auth.CITIZEN, summary="What the citizen sent", answer=page_of(HEAD), paged=True
)
def list_requests(call: Call) -> Answer:
    heads, following = repository.heads_of(call.caller.subject, *call.page())
    return Answer({"items": [head_json(head) for head in heads], "next_cursor": following})


@routes.endpoint(
    "GET", "/v1/requests/{request_id}", auth=Auth.CITIZEN, summary="A request with its replies", answer=WHOLE
)
def read_request(call: Call) -> Answer:
    whole = repository.find_whole(call.caller.subject, call.params["request_id"])
    if whole is None:
        raise NotFound
    service = catalogue.version(whole.head.service_id, whole.head.service_version)
    return Answer(whole_json(whole, service.definition))


@routes.endpoint(
    "GET",
    "/v1/requests/{request_id}/messages/{message_id}/attachments/{index}",
    auth=Auth.CITIZEN,
    summary="Go to an attachment of a reply",
    status=303,
)
def read_attachment(call: Call) -> Answer:
    whole = repository.find_whole(call.caller.subject, call.params["request_id"])
    attachment = whole.attachment(call.params["message_id"], call.params["index"]) if whole else None
    if attachment is None:
        raise NotFound
    return Answer(location=vault.link(call.caller.subject, attachment.document_id))


def _shown(draft: Draft) -> Answer:
    return Answer(drafts.shown(draft), version=draft.version)
