"""The steps of a person's way through the portal, over its API: for tests and measurements."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyotp

from local.client import Answer, ApiClient, eventually

if TYPE_CHECKING:
    from local.stack import Stack

SERVICE = "public-information"
PASSWORD = "მწვანე ჩიტი ღობეზე ზის"  # noqa: S105  # of people who do not exist
ANSWERS = {
    "addressee": "napr",
    "subject": "მშენებლობის ნებართვები",
    "description": "გთხოვთ, მომაწოდოთ 2025 წელს გაცემული მშენებლობის ნებართვების რაოდენობა.",
    "reply_form": "electronic",
}


class UnexpectedAnswerError(Exception):
    """The API answered otherwise than this step of the journey needs; the message has its answer."""


@dataclass(frozen=True)
class Citizen:
    """Somebody who is registered and signed in."""

    api: ApiClient
    citizen_id: str
    email: str
    personal_number: str
    password: str


def expect(answer: Answer, status: int) -> Any:
    """The parsed body of an answer that has this status. Raises UnexpectedAnswerError."""
    if answer.status != status:
        raise UnexpectedAnswerError(
            f"{answer.status} instead of {status}: {answer.content.decode(errors='replace')}"
        )
    return answer.json() if answer.content else None


def signed_in_operator(stack: Stack, email: str | None = None) -> ApiClient:
    """A new operator's browser, signed in."""
    address = email or f"operator-{secrets.token_hex(4)}@karibche.example"
    made = stack.create_operator(address)
    api = ApiClient(stack.site_port)
    code = pyotp.TOTP(made["totp_key"]).now()
    signing_in = {"email": address, "password": made["password"], "code": code}
    expect(api.post("/v1/operator/session", signing_in), 200)
    return api


def new_person() -> dict[str, Any]:
    """What an operator types about somebody whom nobody has registered yet."""
    return {
        "first_name": "ნინო",
        "last_name": "მაისურაძე",
        "personal_number": "".join(secrets.choice("0123456789") for _ in range(11)),
        "email": f"nino-{secrets.token_hex(6)}@example.ge",
        "mobile": "555123456",
        "application_signed": True,
    }


def registered(operator: ApiClient, person: dict[str, Any]) -> dict[str, Any]:
    """Register somebody; `citizen_id` and `one_time_password`."""
    made: dict[str, Any] = expect(operator.post("/v1/operator/citizens", person, key=True), 201)
    return made


def admitted(operator: ApiClient, person: dict[str, Any] | None = None, language: str = "ka") -> Citizen:
    """Register somebody, let them choose a password and accept the terms: signed in and ready."""
    said = person or new_person()
    made = registered(operator, said)
    api = ApiClient(operator.port, language)
    expect(api.post("/v1/session", {"email": said["email"], "password": made["one_time_password"]}), 200)
    expect(api.put("/v1/session/password", {"new_password": PASSWORD}), 200)
    accept_terms(api)
    return Citizen(api, made["citizen_id"], said["email"], said["personal_number"], PASSWORD)


def accept_terms(api: ApiClient) -> dict[str, Any]:
    """Accept the terms in force; the session as it is then."""
    version = expect(api.get("/v1/terms"), 200)["version"]
    accepted: dict[str, Any] = expect(api.post("/v1/terms/acceptances", {"version": version}), 200)
    return accepted


def checked_draft(
    api: ApiClient, answers: dict[str, Any], service: str = SERVICE
) -> tuple[str, str, dict[str, Any]]:
    """Fill a service in and check the answers: the draft's id, its ETag, and what the check said."""
    begun = api.post("/v1/drafts", {"service_id": service}, key=True)
    draft_id = expect(begun, 201)["draft_id"]
    saved = api.put(f"/v1/drafts/{draft_id}", {"answers": answers, "page": "request"}, match=begun.etag)
    expect(saved, 200)
    checked = api.post(f"/v1/drafts/{draft_id}/check", {}, match=saved.etag)
    return draft_id, checked.etag, expect(checked, 200)


def sent(api: ApiClient, **answers: Any) -> dict[str, Any]:
    """Fill in, check and send a request for public information; its head."""
    draft_id, etag, _ = checked_draft(api, {**ANSWERS, **answers})
    head: dict[str, Any] = expect(api.post("/v1/requests", {"draft_id": draft_id}, key=True, match=etag), 201)
    return head


def awaited(api: ApiClient, request_id: str, state: str, seconds: float = 30.0) -> dict[str, Any]:
    """The request once it has reached `state`."""

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = expect(api.get(f"/v1/requests/{request_id}"), 200)
        return found if found["state"] == state else None

    request: dict[str, Any] = eventually(look, seconds=seconds, every=0.2, what=f"state {state}")
    return request
