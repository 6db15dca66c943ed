from datetime import timedelta

from chalicelib.auth import card_sign_in, newcomers, sessions, sign_in
from chalicelib.auth.admission import SESSION, SIGNED_OUT, session_json
from chalicelib.core import clock
from chalicelib.core.http import Answer, Call, Routes
from chalicelib.core.principal import Auth
from chalicelib.core.schema import EMAIL, MOBILE, MOMENT, Schema, string
from chalicelib.core.schema import record as fields
from chalicelib.privacy import Kept

routes = Routes(__name__)

_CHALLENGE_COOKIE = "__Host-karibche-card"
_TOKEN: Schema = {
    "type": "object",
    "description": "An authentication token of Web eID, format web-eid:1.0 or web-eid:1.1",
}


@routes.endpoint("GET", "/v1/session", auth=Auth.CITIZEN_IF_ANY, summary="Who is signed in", answer=SESSION)
def read_session(call: Call) -> Answer:
    if call.principal is None:
        return Answer(SIGNED_OUT)
    return Answer(session_json(call.principal))


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


@routes.endpoint(
    "POST",
    "/v1/session/card/challenge",
    auth=Auth.PUBLIC,
    summary="Ask for what the card has to sign",
    status=201,
    answer=fields({"nonce": string(44), "expires_at": MOMENT}),
)
def start_card_challenge(call: Call) -> Answer:
    made = card_sign_in.challenge(call.network)
    body = {"nonce": made.nonce, "expires_at": clock.iso(made.expires_at)}
    return Answer(body, cookies=(_challenge_cookie(made.token, Kept.CARD_CHALLENGE.value),))


@routes.endpoint(
    "POST",
    "/v1/session/card",
    auth=Auth.CITIZEN_IF_ANY,
    summary="Sign in with the card",
    body=fields({"token": _TOKEN}),
    answer=SESSION,
)
def start_card_session(call: Call) -> Answer:
    challenge = call.cookies.get(_CHALLENGE_COOKIE)
    entered = card_sign_in.enter(call.principal, challenge, call.body["token"], call.network)
    sessions.stop(call, sessions.CITIZEN)
    return _entered(entered, _challenge_cookie("", timedelta(0)))


@routes.endpoint(
    "PUT",
    "/v1/session/contact",
    auth=Auth.CITIZEN_ENTERING,
    summary="Give mobile and e-mail at the first sign-in with the card",
    body=fields({"email": EMAIL, "mobile": MOBILE}),
    answer=SESSION,
)
def give_contact(call: Call) -> Answer:
    settled = newcomers.give_contact(call.caller, call.body["email"], call.body["mobile"], call.language)
    return Answer(session_json(settled))


def _entered(entered: sessions.Entered, *cookies: str) -> Answer:
    return Answer(session_json(entered.principal), cookies=(entered.cookie, *cookies))


def _challenge_cookie(token: str, lifetime: timedelta) -> str:
    attributes = f"Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={int(lifetime.total_seconds())}"
    return f"{_CHALLENGE_COOKIE}={token}; {attributes}"
