"""Sessions: what they open, and when they end (R2.2, R3.1, R7.3, R8.1)."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.auth import repository, session_repository, sessions
from chalicelib.auth.errors import ContactRequired, NewPasswordRequired, TermsRequired
from chalicelib.auth.session_repository import Opening
from chalicelib.core import clock
from chalicelib.core.errors import SignedOut
from chalicelib.core.http import Call
from chalicelib.core.principal import Auth

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CITIZENS = [Auth.CITIZEN, Auth.CITIZEN_ENTERING, Auth.CITIZEN_IF_ANY]


@dataclass
class Store:
    """The sessions, by token, and which of them were touched."""

    kept: dict[str, session_repository.Session]
    touched: list[str]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store({}, [])
    monkeypatch.setattr(session_repository, "find_session", made.kept.get)
    monkeypatch.setattr(
        session_repository, "touch_session", lambda session: made.touched.append(session.session_hash)
    )
    return made


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`at(minutes=3)`: so much after noon."""

    def move(**by: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(**by))

    move()
    return move


def opened(store: Store, token: str, role: str = "citizen", state: str = "ready", hours: int = 12) -> None:
    until = NOON + timedelta(hours=hours)
    store.kept[token] = session_repository.Session(
        f"hash-of-{token}", "subject", role, state, "low", NOON, NOON, until
    )


def call(headers: dict[str, str] | None = None, **cookies: str) -> Call:
    names = {"citizen": "__Host-karibche-citizen", "operator": "__Host-karibche-operator"}
    facts: dict[str, Any] = {"params": {}, "query": {}, "body": {}, "language": "ka", "network": ""}
    jar = {names[role]: token for role, token in cookies.items()}
    return Call(method="GET", path="/", headers=headers or {}, cookies=jar, **facts)


def token_of(cookie: str) -> str:
    return cookie.split(";", maxsplit=1)[0].partition("=")[2]


def enters(auth: Auth, sent: Call) -> bool:
    try:
        return sessions.authenticate(sent, auth) is not None
    except SignedOut:
        return False


def test_whoever_is_signed_in_is_told_apart(store: Store, at: Any) -> None:
    """R8.1"""
    opened(store, "a-token")
    principal = sessions.authenticate(call(citizen="a-token"), Auth.CITIZEN)
    assert principal is not None
    assert (principal.subject, principal.session, principal.state) == ("subject", "hash-of-a-token", "ready")


@pytest.mark.parametrize("sent", [call(), call(citizen=""), call(citizen="other"), call(operator="a-token")])
def test_without_a_session_only_what_is_open_is_open(store: Store, at: Any, sent: Call) -> None:
    """R8.1"""
    opened(store, "a-token")
    for auth in (Auth.CITIZEN, Auth.CITIZEN_ENTERING, Auth.OPERATOR):
        with pytest.raises(SignedOut):
            sessions.authenticate(sent, auth)
    for auth in (Auth.PUBLIC, Auth.CITIZEN_IF_ANY, Auth.OPERATOR_IF_ANY):
        assert sessions.authenticate(sent, auth) is None


def test_a_session_of_one_role_is_none_of_the_other(store: Store, at: Any) -> None:
    """R8.1: under neither cookie."""
    opened(store, "clerk", role="operator")
    opened(store, "nino", role="citizen")
    assert enters(Auth.OPERATOR, call(operator="clerk"))
    for auth in CITIZENS:
        assert not enters(auth, call(citizen="clerk", operator="clerk"))
    assert not enters(Auth.OPERATOR, call(operator="nino", citizen="nino"))


@pytest.mark.parametrize(
    ("state", "failure"),
    [("new-password", NewPasswordRequired), ("contact", ContactRequired), ("terms", TermsRequired)],
)
def test_whoever_is_on_the_way_in_gets_no_further(store: Store, at: Any, state: str, failure: Any) -> None:
    """R2.2, R2.3, R3.1"""
    opened(store, "a-token", state=state)
    with pytest.raises(failure):
        sessions.authenticate(call(citizen="a-token"), Auth.CITIZEN)
    for auth in (Auth.CITIZEN_ENTERING, Auth.CITIZEN_IF_ANY):
        principal = sessions.authenticate(call(citizen="a-token"), auth)
        assert principal is not None
        assert principal.state == state


@pytest.mark.parametrize(
    ("role", "auth", "idle"), [("citizen", Auth.CITIZEN, 30), ("operator", Auth.OPERATOR, 15)]
)
def test_a_session_ends_when_nobody_is_there(store: Store, at: Any, role: str, auth: Auth, idle: int) -> None:
    """R7.3"""
    opened(store, "a-token", role=role)
    at(minutes=idle, seconds=-1)
    assert enters(auth, call(**{role: "a-token"}))
    at(minutes=idle)
    assert not enters(auth, call(**{role: "a-token"}))


def test_a_session_ends_however_busy_it_is(store: Store, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """R7.3"""
    monkeypatch.setitem(sessions._IDLE, "citizen", timedelta(days=9))
    opened(store, "a-token", hours=12)
    at(hours=12, seconds=-1)
    assert enters(Auth.CITIZEN, call(citizen="a-token"))
    at(hours=12)
    assert not enters(Auth.CITIZEN, call(citizen="a-token"))


def test_a_page_that_asks_by_itself_does_not_prolong(store: Store, at: Any) -> None:
    """R7.3: and a person who clicks is written down once a minute, not at each click."""
    opened(store, "a-token")
    at(seconds=59)
    assert enters(Auth.CITIZEN, call(citizen="a-token"))
    assert store.touched == []
    at(seconds=61)
    assert enters(Auth.CITIZEN, call({"karibche-background": "1"}, citizen="a-token"))
    assert store.touched == []
    assert enters(Auth.CITIZEN, call(citizen="a-token"))
    assert store.touched == ["hash-of-a-token"]


def test_every_way_to_state_who_may_call_is_known_to_the_authenticator(store: Store, at: Any) -> None:
    """R8.1: a new one would let everybody in."""
    importlib.import_module("app")
    assert set(sessions._ROLE) == set(Auth) - {Auth.PUBLIC}


def test_a_session_is_kept_under_the_digest_of_its_token(portal: Any) -> None:
    """R7.3: who reads the table can't sign in."""
    token = session_repository.open_session(
        Opening("opr_1", "operator", "ready", "substantial", timedelta(hours=1))
    )
    (item,) = session_repository.SessionTable.scan()
    assert token not in repr(item.serialize())
    found = session_repository.find_session(token)
    assert found is not None
    assert (found.subject, found.role, found.state) == ("opr_1", "operator", "ready")
    assert session_repository.find_session(item.token_hash) is None
    session_repository.end_session(found.session_hash)
    assert session_repository.find_session(token) is None


def test_the_sessions_of_an_older_credential_end_and_no_others(portal: Any) -> None:
    """R2.8"""
    account = repository.AccountTable(
        pk="cit_1",
        credential_kind="password",
        credential_hash="x",
        version=1,
        created_at="x",
        registered_by="opr_1",
    )
    account.save()

    def enter() -> str:
        found = repository.find_account("cit_1")
        assert found is not None
        return token_of(sessions.start_of(found, "ready", "low").cookie)

    other = session_repository.open_session(Opening("cit_2", "citizen", "ready", "low", timedelta(hours=1)))
    old = enter()
    account.version = 2
    account.save()
    new = enter()
    session_repository.end_sessions("cit_1", 2)
    assert session_repository.find_session(old) is None
    assert session_repository.find_session(new) is not None
    assert session_repository.find_session(other) is not None
    session_repository.end_sessions("cit_1", 2)
    assert session_repository.find_session(new) is not None


def test_a_session_does_not_open_for_a_credential_that_was_replaced_meanwhile(portal: Any) -> None:
    """R2.8"""
    from chalicelib.core.tables import Refused

    account = repository.AccountTable(
        pk="cit_1",
        credential_kind="password",
        credential_hash="x",
        version=1,
        created_at="x",
        registered_by="opr_1",
    )
    account.save()
    proved = repository.find_account("cit_1")
    assert proved is not None
    account.version = 2
    account.save()
    with pytest.raises(Refused):
        sessions.start_of(proved, "ready", "low")
    assert list(session_repository.SessionTable.scan()) == []
