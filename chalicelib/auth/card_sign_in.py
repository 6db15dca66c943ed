"""How a citizen comes in with the card: a challenge, a token over it, and who it speaks for (R2.3, R2.4).

What costs others something comes last: nobody is asked about a certificate before its path and the token's
signature hold.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib import profiles
from chalicelib.auth import (
    certificates,
    newcomers,
    repository,
    responders,
    revocation,
    session_repository,
    sessions,
    sign_in,
    throttle,
    trust,
    web_eid,
)
from chalicelib.auth.certificates import CardHolder
from chalicelib.auth.errors import CardOfAnother, CardRevoked, CardStatusUnknown, ChallengeGone
from chalicelib.auth.issuer import Issuer
from chalicelib.auth.sessions import Entered
from chalicelib.core import clock, observability
from chalicelib.core.errors import Unavailable
from chalicelib.core.principal import Principal
from chalicelib.core.settings import settings
from chalicelib.core.tables import Refused, Together
from chalicelib.privacy import Kept, kept_until

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

# A network has many people behind it; a sign-in that succeeds starts the count anew.
FREE_CHALLENGES_OF_NETWORK = 200
STATUS_UNKNOWN_METRIC = "CardStatusUnknown"
_NONCE_BYTES = 32
_RACES = 4


@dataclass(frozen=True)
class Challenge:
    """What a card has to sign, until when, and the token of the browser that may bring the answer."""

    nonce: str
    expires_at: datetime
    token: str


def challenge(network: str) -> Challenge:
    """Return a new challenge. Raises TooManyAttempts where a network asks for them without end."""
    throttle.reserve(_scope(network), FREE_CHALLENGES_OF_NETWORK)
    nonce = base64.b64encode(secrets.token_bytes(_NONCE_BYTES)).decode()
    until = kept_until(Kept.CARD_CHALLENGE, clock.now())
    return Challenge(nonce, until, session_repository.keep_challenge(nonce, until))


def enter(
    signed_in: Principal | None, challenge_token: str | None, token: Mapping[str, Any], network: str
) -> Entered:
    """Start the session of whoever answers the challenge that this browser was given; it is used up by that.

    Raises ChallengeGone, CardTokenInvalid, CardCertificateUnsuitable, CardExpired, CardIssuerUnknown,
    CardRevoked, CardStatusUnknown, and CardOfAnother where `signed_in` is somebody else.
    """
    nonce = session_repository.use_challenge(challenge_token) if challenge_token else None
    if nonce is None:
        raise ChallengeGone
    holder = _proved(token, nonce)
    owner = profiles.personal_number_owner(holder.personal_number)
    if signed_in and signed_in.state != sessions.CONTACT and signed_in.subject != owner:
        raise CardOfAnother
    entered = _start_of(owner) if owner else newcomers.welcome(holder)
    repository.forget_attempts(_scope(network))
    return entered


def _proved(token: Mapping[str, Any], nonce: str) -> CardHolder:
    """Return for whom a token speaks, once everything about it holds."""
    read, moment = web_eid.read_token(token), clock.now()
    certificates.check_purpose(read.certificate)
    holder = certificates.holder_of(read.certificate)
    certificates.check_dates(read.certificate, moment)
    issuer = certificates.issuer_of(read.certificate, trust.issuers(), moment)
    web_eid.check_signature(read, settings().public_origin, nonce)
    _refuse_revoked(read.certificate, issuer, moment)
    return holder


def _refuse_revoked(certificate: "Certificate", issuer: Issuer, moment: datetime) -> None:
    found = revocation.status_of(certificate, issuer, moment, responders.fetch)
    for doubt in found.doubts:
        observability.log("card.doubt", reason=doubt)
    if found.status is revocation.Status.REVOKED:
        raise CardRevoked
    if found.status is revocation.Status.UNDETERMINED:
        observability.count(STATUS_UNKNOWN_METRIC, 1)
        raise CardStatusUnknown


def _start_of(citizen_id: str) -> Entered:
    """Start the session of a registered person, whose first card it may be. Raises Unavailable."""
    for _ in range(_RACES):
        account = repository.find_account(citizen_id)
        if account is None:
            break
        together = Together()
        if account.uses_card:
            repository.require_account(together, account)
        else:
            newcomers.add_card(together, account)
        state = sign_in.next_step(account, sessions.HIGH)
        entered = sessions.add_start_of(together, account, state, sessions.HIGH)
        try:
            together.commit()
        except Refused:
            continue
        return entered
    raise Unavailable


def _scope(network: str) -> str:
    return f"card-challenge#{network}"
