"""Signing in with the card: in which order things are checked, and what a challenge is good for (R2.3, R2.4)."""

import base64
import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.auth import (
    card_sign_in,
    newcomers,
    responders,
    revocation,
    session_repository,
    trust,
    trust_repository,
)
from chalicelib.auth.errors import ChallengeGone, TooManyAttempts
from chalicelib.core import clock
from chalicelib.core.errors import Failure
from local.pki import CardFaults, Holder, Pki, Responder
from local.pki.authorities import UNTRUSTED_ADDRESS
from local.softcard import SoftCard

ORIGIN = "https://portal.example"
NETWORK = "203.0.113"
NINO = Holder("ნინო", "ბერიძე", "01001012345")
Card = Callable[..., SoftCard]
Enter = Callable[..., str]


@pytest.fixture
def responder(portal: Any, pki: Pki) -> Iterator[Responder]:
    """Whoever says which cards are revoked; the portal knows of it."""
    with Responder(pki) as started:
        entries = pki.trust(started.url)["authentication"]
        trust_repository.publish_trust(trust.AUTHENTICATION, json.dumps(entries), None)
        yield started


@pytest.fixture
def enter(responder: Responder) -> Enter:
    """`enter(card)`: the state of the session that begins, or the code of what is refused."""

    def make(card: SoftCard, origin: str = ORIGIN, nonce: str | None = None, **facts: Any) -> str:
        made = card_sign_in.challenge(NETWORK)
        token = card.token(nonce or made.nonce, origin) | facts
        try:
            return card_sign_in.enter(None, made.token, token, NETWORK).principal.state
        except Failure as failure:
            return failure.code

    return make


def test_a_card_that_nobody_knows_begins_a_registration(enter: Enter, card: Card, responder: Responder) -> None:
    """R2.3"""
    assert enter(card()) == "contact"
    assert responder.asked == ["/ocsp/authentication"]


def test_nobody_is_asked_about_a_card_before_its_path_and_the_signature_hold(
    enter: Enter, card: Card, pki: Pki, foreign: Pki, responder: Responder
) -> None:
    """R2.4: whoever has no card of ours makes the portal ask nobody."""
    now = datetime.now(UTC)
    refused = [
        (enter(SoftCard.issued(foreign.authentication, NINO)), "card-issuer-unknown"),
        (enter(SoftCard.issued(pki.signing, NINO, CardFaults())), "card-issuer-unknown"),
        (enter(SoftCard.issued(pki.root, NINO, CardFaults())), "card-issuer-unknown"),
        (enter(SoftCard.issued(pki.signing, NINO)), "card-certificate-unsuitable"),
        (enter(card(CardFaults(key_usage=("content_commitment",)))), "card-certificate-unsuitable"),
        (enter(card(CardFaults(serial_number="PNOEE-38001085718"))), "card-certificate-unsuitable"),
        (enter(card(CardFaults(not_after=now - timedelta(hours=1)))), "card-expired"),
        (enter(card(CardFaults(not_before=now + timedelta(hours=1)))), "card-expired"),
        (enter(card(), origin="https://evil.example"), "card-token-invalid"),
        (enter(card(), nonce="A" * 44), "card-token-invalid"),
        (enter(card(), signature="AAAA"), "card-token-invalid"),
        (enter(card(), format="web-eid:2.0"), "card-token-invalid"),
        (enter(SoftCard(ec.generate_private_key(ec.SECP256R1()), card().certificate)), "card-token-invalid"),
    ]
    assert [found for found, _ in refused] == [code for _, code in refused]
    assert responder.asked == []


def test_an_address_in_a_certificate_is_never_called(
    enter: Enter, card: Card, responder: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.4: it is an attacker's to choose; not even where the named ones fail."""
    reached: list[tuple[str, int]] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: Any) -> Any:
        reached.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    certificate = card().certificate
    assert UNTRUSTED_ADDRESS in repr(list(certificate.extensions))
    for mode in ("good", "down", "redirect", "garbage"):
        responder.mode = mode
        enter(card())
    ours = ("127.0.0.1", int(responder.url.rsplit(":", 1)[1]))
    assert set(reached) == {ours}
    assert len(reached) == 7
    assert all(not path.startswith("/elsewhere") for path in responder.asked)


OUTCOMES = {
    ("good", "down"): "contact",
    ("down", "good"): "contact",
    ("unknown", "good"): "contact",
    ("garbage", "garbage"): "card-status-unknown",
    ("old", "old"): "card-status-unknown",
    ("foreign-signer", "foreign-signer"): "card-status-unknown",
    ("redirect", "redirect"): "card-status-unknown",
    ("wrong-nonce", "down"): "card-status-unknown",
    ("wrong-certificate", "silent"): "card-status-unknown",
    ("huge", "huge"): "card-status-unknown",
}


def test_whoever_can_not_be_asked_about_does_not_come_in(enter: Enter, card: Card, responder: Responder) -> None:
    """R2.3: and is told that it may work later."""
    found = {}
    for modes in OUTCOMES:
        responder.ocsp_mode, responder.crl_mode = modes
        found[modes] = enter(card())
    assert found == OUTCOMES


def test_a_slow_responder_keeps_nobody_for_long(
    enter: Enter, card: Card, responder: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.3"""
    monkeypatch.setattr(responders, "SECONDS", 0.1)
    responder.mode = "slow"
    assert enter(card()) == "card-status-unknown"


def test_a_revoked_card_lets_nobody_in(enter: Enter, card: Card, pki: Pki, responder: Responder) -> None:
    """R2.3, R10.15: from the moment on at which it was reported, whoever says it."""
    for modes in (("good", "down"), ("down", "good")):
        responder.ocsp_mode, responder.crl_mode = modes
        lost = card()
        assert enter(lost) == "contact"
        pki.authentication.revoke(lost.certificate)
        assert enter(lost) == "card-revoked"
        assert enter(card()) == "contact"


def test_what_could_not_be_found_out_is_counted_and_logged_by_its_reason_alone(
    enter: Enter, card: Card, responder: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R7.3, R8.1"""
    from chalicelib.core import observability

    logged: list[dict[str, Any]] = []
    counted: list[str] = []
    monkeypatch.setattr(observability, "log", lambda event, **ids: logged.append({"event": event, **ids}))
    monkeypatch.setattr(observability, "count", lambda metric, value: counted.append(metric))
    responder.ocsp_mode, responder.crl_mode = "old", "down"
    enter(card())
    assert logged == [
        {"event": "card.doubt", "reason": "ocsp:stale"},
        {"event": "card.doubt", "reason": "crl:status-503"},
    ]
    assert counted == ["CardStatusUnknown"]
    responder.mode = "good"
    enter(card())
    assert len(counted) == 1


def test_the_portals_own_origin_is_checked_never_what_a_request_says(enter: Enter, card: Card) -> None:
    """R2.4"""
    for origin in ("https://portal.example:443", "https://PORTAL.example", "https://portal.example/", "null"):
        assert enter(card(), origin=origin) == "card-token-invalid"
    assert enter(card(), origin=ORIGIN) == "contact"


def test_without_a_list_of_authorities_no_card_lets_anybody_in(portal: Any, card: Card) -> None:
    """R2.3"""
    made = card_sign_in.challenge(NETWORK)
    with pytest.raises(Failure) as raised:
        card_sign_in.enter(None, made.token, card().token(made.nonce, ORIGIN), NETWORK)
    assert raised.value.code == "card-issuer-unknown"


def test_a_list_counts_at_once_the_first_time_and_within_a_minute_later(
    responder: Responder, pki: Pki, foreign: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.3: a function keeps it for a minute."""
    moment = [1000.0]
    monkeypatch.setattr("chalicelib.auth.trust.time.monotonic", lambda: moment[0])
    known = trust_repository.find_trust(trust.AUTHENTICATION)
    (before,) = trust.issuers()
    entries = foreign.trust(responder.url)["authentication"]
    trust_repository.publish_trust(trust.AUTHENTICATION, json.dumps(entries), known)
    moment[0] += trust.HELD_SECONDS - 1
    assert trust.issuers() == (before,)
    moment[0] += 1
    (after,) = trust.issuers()
    assert after.certificate == foreign.authentication.certificate
    assert trust.HELD_SECONDS <= 60


# -- challenges


def answer(made: card_sign_in.Challenge, card: SoftCard, token: str | None = None) -> str:
    try:
        entered = card_sign_in.enter(None, token or made.token, card.token(made.nonce, ORIGIN), NETWORK)
    except Failure as failure:
        return failure.code
    return entered.principal.state


def test_a_challenge_is_32_random_bytes_for_five_minutes(
    responder: Responder, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.4"""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: noon)
    made, other, late = (card_sign_in.challenge(NETWORK) for _ in range(3))
    assert len({made.nonce, other.nonce, late.nonce, made.token, other.token, late.token}) == 6
    assert len(base64.b64decode(made.nonce, validate=True)) == 32
    assert len(made.nonce) == 44
    assert made.expires_at == noon + timedelta(minutes=5)
    valid = card(CardFaults(not_before=noon - timedelta(days=1)))
    monkeypatch.setattr(revocation, "status_of", lambda *given: revocation.Found(revocation.Status.VALID))
    monkeypatch.setattr(clock, "now", lambda: noon + timedelta(seconds=299))
    assert answer(made, valid) == "contact"
    monkeypatch.setattr(clock, "now", lambda: noon + timedelta(seconds=300))
    assert answer(late, valid) == "challenge-gone"


def test_a_challenge_is_used_up_by_the_first_answer_right_or_wrong(responder: Responder, card: Card) -> None:
    """R2.4"""
    made = card_sign_in.challenge(NETWORK)
    assert answer(made, card()) == "contact"
    assert answer(made, card()) == "challenge-gone"
    made = card_sign_in.challenge(NETWORK)
    with pytest.raises(Failure):
        card_sign_in.enter(None, made.token, {}, NETWORK)
    assert answer(made, card()) == "challenge-gone"


def test_a_challenge_belongs_to_the_browser_that_asked_for_it(responder: Responder, card: Card) -> None:
    """R2.4: otherwise a link could sign somebody in as somebody else."""
    mine, yours = card_sign_in.challenge(NETWORK), card_sign_in.challenge(NETWORK)
    assert answer(mine, card(), token=yours.token) == "card-token-invalid"
    assert answer(mine, card(), token="x") == "challenge-gone"
    assert answer(mine, card()) == "contact"
    with pytest.raises(ChallengeGone):
        card_sign_in.enter(None, None, card().token(mine.nonce, ORIGIN), NETWORK)


def test_a_challenge_is_no_session_and_a_session_is_no_challenge(portal: Any) -> None:
    """R7.3: they lie in one table."""
    made = card_sign_in.challenge(NETWORK)
    assert session_repository.find_session(made.token) is None
    opening = session_repository.Opening("opr_1", "operator", "ready", "substantial", timedelta(hours=1))
    token = session_repository.open_session(opening)
    assert session_repository.use_challenge(token) is None
    assert session_repository.find_session(token) is not None
    (kept,) = [
        item for item in session_repository.ChallengeTable.scan() if item.token_hash.startswith("challenge#")
    ]
    assert made.token not in repr(kept.serialize())
    assert session_repository.session_named(made.token) is None


def test_a_network_may_ask_often_but_not_without_end(
    portal: Any, responder: Responder, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.8: a whole office is one network; who signs in starts the count anew."""
    assert card_sign_in.FREE_CHALLENGES_OF_NETWORK >= 100
    monkeypatch.setattr(card_sign_in, "FREE_CHALLENGES_OF_NETWORK", 3)
    made = [card_sign_in.challenge(NETWORK) for _ in range(3)]
    with pytest.raises(TooManyAttempts):
        card_sign_in.challenge(NETWORK)
    assert card_sign_in.challenge("198.51.100")
    assert answer(made[0], card()) == "contact"
    assert card_sign_in.challenge(NETWORK)


def test_contact_that_another_tab_gives_meanwhile_finds_the_session_as_it_is_then(
    responder: Responder, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.3: a double click is answered twice alike; neither signs anybody out."""
    made = card_sign_in.challenge(NETWORK)
    newcomer = card_sign_in.enter(None, made.token, card().token(made.nonce, ORIGIN), NETWORK).principal
    find = session_repository.session_named

    def before_another_tab_is_quicker(session: str) -> session_repository.Session | None:
        monkeypatch.setattr(session_repository, "session_named", find)
        read = find(session)
        newcomers.give_contact(newcomer, "nino@example.ge", "555123456", "ka")
        return read

    monkeypatch.setattr(session_repository, "session_named", before_another_tab_is_quicker)
    assert newcomers.give_contact(newcomer, "nino@example.ge", "555123456", "ka").state == "terms"
