"""Sessions of browsers: opaque tokens in `__Host-` cookies, time-outs compared at every read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.auth import repository, session_repository
from chalicelib.auth.errors import ContactRequired, NewPasswordRequired, TermsRequired
from chalicelib.auth.repository import Account
from chalicelib.auth.session_repository import Newcomer, Opening, Session
from chalicelib.core import clock
from chalicelib.core.errors import Failure, SignedOut
from chalicelib.core.http import Call
from chalicelib.core.ids import token_hash
from chalicelib.core.principal import Auth, Principal
from chalicelib.core.tables import Together
from chalicelib.privacy import Kept

CITIZEN = "citizen"
OPERATOR = "operator"
NEW_PASSWORD = "new-password"  # noqa: S105 - a state of a session
CONTACT = "contact"
TERMS = "terms"
READY = "ready"
LOW = "low"
SUBSTANTIAL = "substantial"
HIGH = "high"
FRESH = timedelta(minutes=15)

_COOKIE = {CITIZEN: "__Host-karibche-citizen", OPERATOR: "__Host-karibche-operator"}
_SAME_SITE = {CITIZEN: "Lax", OPERATOR: "Strict"}
_IDLE = {CITIZEN: timedelta(minutes=30), OPERATOR: timedelta(minutes=15)}
_LIFETIME = {CITIZEN: Kept.SESSION_OF_CITIZEN.value, OPERATOR: Kept.SESSION_OF_OPERATOR.value}
_TOUCH_AFTER = timedelta(minutes=1)
_ROLE = {
    Auth.CITIZEN_IF_ANY: CITIZEN,
    Auth.CITIZEN_ENTERING: CITIZEN,
    Auth.CITIZEN: CITIZEN,
    Auth.OPERATOR_IF_ANY: OPERATOR,
    Auth.OPERATOR: OPERATOR,
}
_OPTIONAL = {Auth.CITIZEN_IF_ANY, Auth.OPERATOR_IF_ANY}
_STEP: dict[str, type[Failure]] = {
    NEW_PASSWORD: NewPasswordRequired,
    CONTACT: ContactRequired,
    TERMS: TermsRequired,
}


@dataclass(frozen=True)
class Entered:
    """A session that has begun, and the `Set-Cookie` value that carries it."""

    principal: Principal
    cookie: str


def authenticate(call: Call, auth: Auth) -> Principal | None:
    """Return who calls, None where nobody has to. Raises SignedOut, or what the session's next step is."""
    role = _ROLE.get(auth)
    if role is None:
        return None
    session = _live_session(call, role)
    if session is None:
        if auth in _OPTIONAL:
            return None
        raise SignedOut
    if auth is Auth.CITIZEN and session.state in _STEP:
        raise _STEP[session.state]
    return principal_of(session)


def principal_of(session: Session) -> Principal:
    """Return who calls with a session."""
    return Principal(session.subject, session.session_hash, session.state, session.assurance, session.proved_at)


def refuse_before_terms(principal: Principal) -> None:
    """Raise what comes before the terms, if that is still to be done."""
    if principal.state in {NEW_PASSWORD, CONTACT}:
        raise _STEP[principal.state]


def is_fresh(principal: Principal) -> bool:
    """Tell whether a session began with a card, a few minutes ago."""
    return principal.assurance == HIGH and clock.now() <= principal.proved_at + FRESH


def start_of_operator(operator_id: str) -> str:
    """Start a session and return the `Set-Cookie` value that carries it."""
    opening = Opening(operator_id, OPERATOR, READY, SUBSTANTIAL, _LIFETIME[OPERATOR])
    return _carried(OPERATOR, session_repository.open_session(opening))


def start_of(account: Account, state: str, assurance: str, proved_at: datetime | None = None) -> Entered:
    """Start a citizen's session. Raises Refused for an outdated account.

    `proved_at` is when the credential was proved; None for now.
    """
    together = Together()
    repository.require_account(together, account)
    entered = add_start_of(together, account, state, assurance, proved_at)
    together.commit()
    return entered


def add_start_of(
    together: Together, account: Account, state: str, assurance: str, proved_at: datetime | None = None
) -> Entered:
    """Add a citizen's session to writes that depend on the account as it was read."""
    opening = opening_of(account, state, assurance, proved_at)
    return _entered(opening, session_repository.add_session(together, opening))


def opening_of(account: Account, state: str, assurance: str, proved_at: datetime | None = None) -> Opening:
    """Return a citizen's session as it begins."""
    return Opening(account.citizen_id, CITIZEN, state, assurance, _LIFETIME[CITIZEN], account.version, proved_at)


def start_of_newcomer(citizen_id: str, newcomer: Newcomer) -> Entered:
    """Start the session of somebody who will be registered in it."""
    lifetime = Kept.SESSION_OF_NEWCOMER.value
    opening = Opening(citizen_id, CITIZEN, CONTACT, HIGH, lifetime, newcomer=newcomer)
    return _entered(opening, session_repository.open_session(opening))


def stop(call: Call, role: str) -> str:
    """End the session of a call, if any, and return the `Set-Cookie` value that drops it."""
    token = call.cookies.get(_COOKIE[role])
    session = session_repository.find_session(token) if token else None
    if session:
        session_repository.end_session(session.session_hash)
    return f"{_carried(role, '')}; Max-Age=0"


def _entered(opening: Opening, token: str) -> Entered:
    proved_at = opening.proved_at or clock.now()
    principal = Principal(opening.subject, token_hash(token), opening.state, opening.assurance, proved_at)
    return Entered(principal, _carried(opening.role, token))


def _carried(role: str, token: str) -> str:
    return f"{_COOKIE[role]}={token}; Path=/; Secure; HttpOnly; SameSite={_SAME_SITE[role]}"


def _live_session(call: Call, role: str) -> Session | None:
    token = call.cookies.get(_COOKIE[role])
    session = session_repository.find_session(token) if token else None
    moment = clock.now()
    if session is None or session.role != role:
        return None
    if session.expires_at <= moment or session.seen_at + _IDLE[role] <= moment:
        return None
    if not call.in_background and session.seen_at + _TOUCH_AFTER <= moment:
        session_repository.touch_session(session)
    return session
