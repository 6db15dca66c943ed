from chalicelib import profiles
from chalicelib.auth import operators, registration, sessions
from chalicelib.core.http import Answer, Call, Routes
from chalicelib.core.principal import Auth
from chalicelib.core.schema import (
    EMAIL,
    GEORGIAN_NAME,
    MOBILE,
    MOMENT,
    PERSONAL_NUMBER,
    one_of,
    or_null,
    record,
    string,
)

routes = Routes(__name__)

_SESSION = record({"state": one_of("signed-out", "ready")})
_ISSUED = record(
    {
        "citizen_id": string(40),
        "one_time_password": or_null(string(19)),
        "expires_at": MOMENT,
        "repeated": {"type": "boolean"},
    }
)
_REGISTERED = record(
    {
        "citizen_id": string(40),
        "first_name": string(80),
        "last_name": string(80),
        "email": string(254),
        "mobile": string(9),
        "one_time_password_pending": {"type": "boolean"},
    }
)


@routes.endpoint(
    "GET",
    "/v1/operator/session",
    auth=Auth.OPERATOR_IF_ANY,
    summary="Whether an operator is signed in",
    answer=_SESSION,
)
def read_operator_session(call: Call) -> Answer:
    return Answer({"state": call.principal.state if call.principal else "signed-out"})


@routes.endpoint(
    "POST",
    "/v1/operator/session",
    auth=Auth.PUBLIC,
    summary="Sign in as an operator",
    body=record({"email": string(254), "password": string(256), "code": string(16)}),
    answer=_SESSION,
)
def start_operator_session(call: Call) -> Answer:
    code = "".join(call.body["code"].split())
    cookie = operators.sign_in(call.body["email"], call.body["password"], code, call.network)
    return Answer({"state": sessions.READY}, cookies=(cookie,))


@routes.endpoint("DELETE", "/v1/operator/session", auth=Auth.PUBLIC, summary="Sign an operator out", status=204)
def end_operator_session(call: Call) -> Answer:
    return Answer(cookies=(sessions.stop(call, sessions.OPERATOR),))


@routes.endpoint(
    "POST",
    "/v1/operator/citizens",
    auth=Auth.OPERATOR,
    summary="Register a person who signed the application",
    status=201,
    body=record(
        {
            "first_name": GEORGIAN_NAME,
            "last_name": GEORGIAN_NAME,
            "personal_number": PERSONAL_NUMBER,
            "email": EMAIL,
            "mobile": MOBILE,
            "application_signed": {"const": True},
        }
    ),
    answer=_ISSUED,
    idempotent=True,
)
def register_citizen(call: Call) -> Answer:
    return _issued(registration.register(call.caller.subject, call.idempotency_key(), call.body))


@routes.endpoint(
    "POST",
    "/v1/operator/citizens/lookup",
    auth=Auth.OPERATOR,
    summary="Find a registered person by personal number",
    body=record({"personal_number": PERSONAL_NUMBER}),
    answer=_REGISTERED,
)
def look_up_citizen(call: Call) -> Answer:
    person, waits = registration.find_registered(call.body["personal_number"])
    return Answer(_registered(person, waits=waits))


@routes.endpoint(
    "POST",
    "/v1/operator/citizens/{citizen_id}/one-time-password",
    auth=Auth.OPERATOR,
    summary="Issue another one-time password",
    status=201,
    answer=_ISSUED,
    idempotent=True,
)
def issue_one_time_password(call: Call) -> Answer:
    return _issued(
        registration.issue_again(call.caller.subject, call.idempotency_key(), call.params["citizen_id"])
    )


def _issued(issued: registration.Issued) -> Answer:
    return Answer({**vars(issued), "repeated": issued.one_time_password is None})


def _registered(person: profiles.Person, *, waits: bool) -> dict[str, str | bool]:
    return {
        "citizen_id": person.citizen_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "mobile": person.mobile,
        "one_time_password_pending": waits,
    }
