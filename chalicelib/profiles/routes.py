from typing import Any

from chalicelib import auth
from chalicelib.core import clock
from chalicelib.core.http import Answer, Call, Routes
from chalicelib.core.principal import Auth
from chalicelib.core.schema import EMAIL, LANGUAGE, MOBILE, MOMENT, or_null, record, string
from chalicelib.profiles import changes, repository
from chalicelib.profiles.person import Person

routes = Routes(__name__)

_WAITING = record({"new_email": string(254), "expires_at": MOMENT})
_PROFILE = record(
    {
        "first_name": string(80),
        "last_name": string(80),
        "personal_number": string(11),
        "email": string(254),
        "mobile": string(9),
        "language": LANGUAGE,
        "email_change": or_null(_WAITING),
        "has_password": {"type": "boolean"},
    }
)


@routes.endpoint("GET", "/v1/profile", auth=Auth.CITIZEN, summary="The citizen's own data", answer=_PROFILE)
def read_profile(call: Call) -> Answer:
    return _shown(repository.person_of(call.caller.subject))


@routes.endpoint(
    "PATCH",
    "/v1/profile",
    auth=Auth.CITIZEN,
    summary="Change mobile or language",
    body=record({}, {"mobile": MOBILE, "language": LANGUAGE}),
    answer=_PROFILE,
    if_match=True,
)
def change_profile(call: Call) -> Answer:
    return _shown(changes.change_contact(call.caller.subject, call.expected_version(), call.body))


@routes.endpoint(
    "POST",
    "/v1/profile/email-changes",
    auth=Auth.CITIZEN,
    summary="Ask for another e-mail address",
    status=202,
    body=record({"new_email": EMAIL}, {"current_password": string(1024)}),
    answer=_WAITING,
    idempotent=True,
)
def ask_email_change(call: Call) -> Answer:
    asked = changes.ask_email_change(
        call.caller, call.idempotency_key(), call.body["new_email"], call.body.get("current_password")
    )
    return Answer(asked)


@routes.endpoint(
    "POST",
    "/v1/profile/email-changes/confirmation",
    auth=Auth.CITIZEN,
    summary="Confirm the new address with its code",
    body=record({"code": {"type": "string", "pattern": "^[0-9]{6}$"}}),
    answer=_PROFILE,
    idempotent=True,
)
def confirm_email_change(call: Call) -> Answer:
    return _shown(changes.confirm_email_change(call.caller.subject, call.idempotency_key(), call.body["code"]))


def _shown(person: Person) -> Answer:
    waiting = repository.pending_email_change(person.citizen_id)
    body: dict[str, Any] = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "personal_number": person.personal_number,
        "email": person.email,
        "mobile": person.mobile,
        "language": person.language,
        "email_change": {"new_email": waiting[0], "expires_at": clock.iso(waiting[1])} if waiting else None,
        "has_password": auth.has_password(person.citizen_id),
    }
    return Answer(body, version=person.version)
