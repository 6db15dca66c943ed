from chalicelib.auth import sessions, sign_in
from chalicelib.auth.admission import SESSION, SIGNED_OUT, session_json
from chalicelib.core.http import Answer, Call, Routes
from chalicelib.core.principal import Auth
from chalicelib.core.schema import record as fields
from chalicelib.core.schema import string

routes = Routes(__name__)


@routes.endpoint("GET", "/v1/session", auth=Auth.CITIZEN_IF_ANY, summary="Who is signed in", answer=SESSION)
def read_session(call: Call) -> Answer:
    if call.principal is None:
        return Answer(SIGNED_OUT)
    return Answer(session_json(call.principal.subject, call.principal.state, call.principal.assurance))


@routes.endpoint(
    "POST",
    "/v1/session",
    auth=Auth.PUBLIC,
    summary="Sign in with e-mail and password",
    body=fields({"email": string(254), "password": string(256)}),
    answer=SESSION,
)
def start_session(call: Call) -> Answer:
    sessions.stop(call, sessions.CITIZEN)
    entered = sign_in.sign_in(call.body["email"], call.body["password"], call.network)
    return _entered(entered)


@routes.endpoint("DELETE", "/v1/session", auth=Auth.PUBLIC, summary="Sign out", status=204)
def end_session(call: Call) -> Answer:
    return Answer(cookies=(sessions.stop(call, sessions.CITIZEN),))


@routes.endpoint(
    "PUT",
    "/v1/session/password",
    auth=Auth.CITIZEN_ENTERING,
    summary="Choose a new password",
    body=fields({"new_password": string(1024)}, {"current_password": string(1024)}),
    answer=SESSION,
)
def choose_password(call: Call) -> Answer:
    current = call.body.get("current_password")
    return _entered(sign_in.choose_password(call.caller, call.body["new_password"], current))


def _entered(entered: sign_in.Entered) -> Answer:
    body = session_json(entered.citizen_id, entered.state, entered.assurance)
    return Answer(body, cookies=(entered.cookie,))
