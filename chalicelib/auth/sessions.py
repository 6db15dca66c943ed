"""Sessions of browsers: opaque tokens in `__Host-` cookies, time-outs compared at every read."""

from datetime import timedelta

from chalicelib.auth import repository
from chalicelib.auth.errors import NewPasswordRequired, TermsRequired
from chalicelib.auth.repository import Account, Session
from chalicelib.core import clock
from chalicelib.core.errors import SignedOut
from chalicelib.core.http import Call
from chalicelib.core.principal import Auth, Principal
from chalicelib.privacy import Kept

CITIZEN = "citizen"
OPERATOR = "operator"
NEW_PASSWORD = "new-password"  # noqa: S105 - a state of a session
TERMS = "terms"
READY = "ready"
LOW = "low"
SUBSTANTIAL = "substantial"

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


def authenticate(call: Call, auth: Auth) -> Principal | None:
    """Return who calls, None where nobody has to. Raises SignedOut, NewPasswordRequired, TermsRequired."""
    role = _ROLE.get(auth)
    if role is None:
        return None
    session = _live_session(call, role)
    if session is None:
        if auth in _OPTIONAL:
            return None
        raise SignedOut
    if auth is Auth.CITIZEN and session.state == NEW_PASSWORD:
        raise NewPasswordRequired
    if auth is Auth.CITIZEN and session.state == TERMS:
        raise TermsRequired
    return Principal(session.subject, session.session_hash, session.state, session.assurance)


def start_of_operator(operator_id: str) -> str:
    """Start a session and return the `Set-Cookie` value that carries it."""
    token = repository.open_session(operator_id, OPERATOR, READY, SUBSTANTIAL, _LIFETIME[OPERATOR])
    return _carried(OPERATOR, token)


def start_of(account: Account, state: str, assurance: str) -> str:
    """Start a citizen's session and return its `Set-Cookie` value. Raises Refused for an outdated account."""
    token = repository.open_session_of(account, CITIZEN, state, assurance, _LIFETIME[CITIZEN])
    return _carried(CITIZEN, token)


def stop(call: Call, role: str) -> str:
    """End the session of a call, if any, and return the `Set-Cookie` value that drops it."""
    token = call.cookies.get(_COOKIE[role])
    session = repository.find_session(token) if token else None
    if session:
        repository.end_session(session.session_hash)
    return f"{_carried(role, '')}; Max-Age=0"


def _carried(role: str, token: str) -> str:
    return f"{_COOKIE[role]}={token}; Path=/; Secure; HttpOnly; SameSite={_SAME_SITE[role]}"


def _live_session(call: Call, role: str) -> Session | None:
    token = call.cookies.get(_COOKIE[role])
    session = repository.find_session(token) if token else None
    moment = clock.now()
    if session is None or session.role != role:
        return None
    if session.expires_at <= moment or session.seen_at + _IDLE[role] <= moment:
        return None
    if not call.in_background and session.seen_at + _TOUCH_AFTER <= moment:
        repository.touch_session(session)
    return session
