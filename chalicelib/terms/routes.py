from dataclasses import replace

from chalicelib import auth
from chalicelib.core.http import Answer, Call, Routes
from chalicelib.core.principal import Auth
from chalicelib.core.schema import array, record, string
from chalicelib.terms.acceptance import accept
from chalicelib.terms.versions import current_version, terms

routes = Routes(__name__)

_TEXT = record(
    {
        "title": string(200),
        "sections": array(record({"heading": string(200), "paragraphs": array({"type": "string"})})),
    }
)
_TERMS = record({"version": string(10), "date": string(10), "ka": _TEXT, "en": _TEXT})


@routes.endpoint("GET", "/v1/terms", auth=Auth.PUBLIC, summary="The portal's terms in force", answer=_TERMS)
def read_terms(call: Call) -> Answer:  # noqa: ARG001 - every endpoint takes its call
    version = current_version()
    return Answer({"version": version, "date": version, "ka": terms(version, "ka"), "en": terms(version, "en")})


@routes.endpoint(
    "POST",
    "/v1/terms/acceptances",
    auth=Auth.CITIZEN_ENTERING,
    summary="Accept the terms",
    body=record({"version": string(10)}),
    answer=auth.SESSION,
)
def accept_terms(call: Call) -> Answer:
    accept(call.caller, call.body["version"], call.language)
    return Answer(auth.session_json(replace(call.caller, state=auth.READY)))
