"""What a session is told about itself, and the step that opens the portal to it."""

from typing import Any

from chalicelib import notifications, profiles
from chalicelib.auth import newcomers, repository, session_repository, sessions
from chalicelib.core.principal import Principal
from chalicelib.core.schema import Schema, one_of, record, string
from chalicelib.core.tables import Together

SIGNED_OUT: dict[str, Any] = {"state": "signed-out"}
SESSION: Schema = {
    "oneOf": [
        record({"state": one_of("signed-out")}),
        record(
            {
                "state": one_of(sessions.NEW_PASSWORD, sessions.CONTACT, sessions.TERMS, sessions.READY),
                "citizen": record({"first_name": string(80), "last_name": string(80)}),
                "assurance": one_of("low", "substantial", "high"),
                "unread_notices": {"type": "integer", "minimum": 0},
            }
        ),
    ]
}


def admit(together: Together, principal: Principal, terms_version: str) -> None:
    """Add the writes that open the portal: the account's accepted version, the session's state."""
    repository.set_terms_version(together, principal.subject, terms_version)
    session_repository.set_session_state(together, principal.session, sessions.READY)


def session_json(principal: Principal) -> dict[str, Any]:
    """Return what the site shows of a session."""
    if principal.state == sessions.CONTACT:
        person: profiles.Person | newcomers.CardHolder = newcomers.holder_of(principal)
    else:
        person = profiles.person_of(principal.subject)
    ready = principal.state == sessions.READY
    return {
        "state": principal.state,
        "citizen": {"first_name": person.first_name, "last_name": person.last_name},
        "assurance": principal.assurance,
        "unread_notices": notifications.count_unread(principal.subject) if ready else 0,
    }
