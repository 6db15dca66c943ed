"""Who has shown a card and is not registered yet: asked once for mobile and e-mail, then a citizen (R2.3).

Until then the portal keeps who they are in their session alone, sealed; a session that ends takes it along, and
no half of a citizen is left (docs/decisions/0027).
"""

from dataclasses import asdict

from chalicelib import notifications, profiles
from chalicelib.auth import repository, session_repository, sessions, sign_in, throttle
from chalicelib.auth.certificates import CardHolder
from chalicelib.auth.repository import Account
from chalicelib.auth.session_repository import Newcomer
from chalicelib.core import clock
from chalicelib.core.crypto import KeyTable, data_key, new_data_key, seal_json, unseal_json, unwrapped
from chalicelib.core.errors import FieldError, SignedOut, Unavailable
from chalicelib.core.ids import new_id
from chalicelib.core.principal import Principal
from chalicelib.core.tables import Refused, Together
from chalicelib.core.texts import Language

__all__ = ["CardHolder", "add_card", "give_contact", "holder_of", "welcome"]

_PLACE = "newcomer"
_RACES = 4


def welcome(holder: CardHolder) -> sessions.Entered:
    """Start the session in which somebody is registered. Its key becomes theirs when they are."""
    citizen_id = new_id("cit", clock.now())
    key, item = new_data_key(citizen_id)
    sealed = seal_json(key, asdict(holder), _PLACE, citizen_id)
    return sessions.start_of_newcomer(citizen_id, Newcomer(item.wrapped, sealed))


def holder_of(principal: Principal) -> CardHolder:
    """Return whose card began a session. Raises SignedOut where it was settled, or has ended, meanwhile."""
    session = session_repository.session_named(principal.session)
    if session is None or session.newcomer is None:
        raise SignedOut
    return _opened(principal.subject, session.newcomer)[0]


def give_contact(principal: Principal, email: str, mobile: str, language: Language) -> Principal:
    """Register whoever shows a card, and return their session as it goes on; a second time changes nothing.

    Who was registered meanwhile is joined with that account, which keeps its contact data. Raises
    profiles.EmailTaken, TooManyAttempts, SignedOut.
    """
    address = profiles.normalised_email(email)
    with throttle.attempt(f"contact#{principal.subject}"):
        for _ in range(_RACES):
            session = session_repository.session_named(principal.session)
            if session is None:
                raise SignedOut
            if session.newcomer is None:
                return sessions.principal_of(session)
            try:
                _settle(principal, session.newcomer, address, mobile, language)
            except Refused as refused:
                if refused.labels == {"email"}:
                    raise profiles.EmailTaken(errors=[FieldError("/email", "taken")]) from refused
    raise Unavailable


def add_card(together: Together, account: Account) -> None:
    """Add what the first card of a registered person changes: a mark, and a notice to them."""
    repository.join_card(together, account)
    key = data_key(account.citizen_id)
    notifications.add_notice(together, key, account.citizen_id, "card-joined", {}, mail=True)


def _settle(principal: Principal, newcomer: Newcomer, email: str, mobile: str, language: Language) -> None:
    holder, key = _opened(principal.subject, newcomer)
    together = Together()
    owner = profiles.personal_number_owner(holder.personal_number)
    account = repository.find_account(owner) if owner else None
    if account is None:
        citizen_id = principal.subject
        together.create("key", KeyTable(citizen_id=citizen_id, wrapped=newcomer.wrapped_key))
        person = profiles.Person(
            citizen_id=citizen_id, email=email, mobile=mobile, language=language, version=1, **asdict(holder)
        )
        profiles.add_profile(together, key, person)
        account = repository.add_card_account(together, citizen_id)
        notifications.add_notice(together, key, citizen_id, "registered-by-card", {}, mail=True)
    elif account.uses_card:
        repository.require_account(together, account)
    else:
        add_card(together, account)
    state = sign_in.next_step(account, principal.assurance)
    opening = sessions.opening_of(account, state, principal.assurance, principal.proved_at)
    session_repository.settle_session(together, principal.session, opening)
    together.commit()


def _opened(citizen_id: str, newcomer: Newcomer) -> tuple[CardHolder, bytes]:
    key = unwrapped(citizen_id, newcomer.wrapped_key)
    return CardHolder(**unseal_json(key, newcomer.sealed, _PLACE, citizen_id)), key
