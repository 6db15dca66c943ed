"""Accounts, operators, and the counters of failed attempts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException

from chalicelib.core import clock, outbox
from chalicelib.core.ids import new_id
from chalicelib.core.tables import Refused, Table, Together, change, find, replace, table_name, translated

CredentialKind = Literal["one-time", "password", "card"]
_ACCOUNT = "account"
_BY_CARD: Final = "card"


class AccountTable(Table):
    """How a citizen signs in: one credential, since when also with the card, which version of the terms counts.

    Who registered with the card has no credential to type, until they choose a password.
    """

    thing = "citizens"

    class Meta:
        """Where it lies."""

        table_name = table_name("citizens")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_ACCOUNT)
    credential_kind = UnicodeAttribute()
    credential_hash = UnicodeAttribute(null=True)
    one_time_until = NumberAttribute(null=True)
    card_since = UnicodeAttribute(null=True)
    terms_version = UnicodeAttribute(null=True)
    version = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    registered_by = UnicodeAttribute()
    schema = UnicodeAttribute(default="1")


class OperatorTable(Table):
    """A clerk who registers people. `pk` is the lookup name of the e-mail."""

    thing = "operators"

    class Meta:
        """Where it lies."""

        table_name = table_name("operators")

    pk = UnicodeAttribute(hash_key=True)
    operator_id = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    password_hash = UnicodeAttribute()
    last_step = NumberAttribute(default=0)
    created_at = UnicodeAttribute()
    schema = UnicodeAttribute(default="1")


class ThrottleTable(Table):
    """How many attempts of one scope failed in a row, and until when the next one waits."""

    thing = "throttles"

    class Meta:
        """Where it lies."""

        table_name = table_name("throttles")

    scope = UnicodeAttribute(hash_key=True)
    attempts = NumberAttribute(default=0)
    blocked_until = NumberAttribute(default=0)
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


@dataclass(frozen=True)
class Account:
    """A citizen's account as the rules see it."""

    citizen_id: str
    credential_kind: CredentialKind
    credential_hash: str | None
    one_time_until: datetime | None
    terms_version: str | None
    version: int
    uses_card: bool = False


@dataclass(frozen=True)
class Operator:
    """A clerk's account as the rules see it; `sealed` holds e-mail and TOTP key."""

    name: str
    operator_id: str
    sealed: bytes
    password_hash: str


def find_account(citizen_id: str) -> Account | None:
    """Return a citizen's account."""
    item = find(AccountTable, citizen_id, _ACCOUNT)
    if item is None:
        return None
    until = item.one_time_until
    return Account(
        citizen_id=citizen_id,
        credential_kind=item.credential_kind,  # type: ignore[arg-type] # only this module writes it
        credential_hash=item.credential_hash,
        one_time_until=clock.from_epoch(until) if until else None,
        terms_version=item.terms_version,
        version=int(item.version),
        uses_card=item.card_since is not None,
    )


def add_account(
    together: Together, citizen_id: str, one_time_hash: str, until: datetime, operator_id: str
) -> None:
    """Add a new account with a one-time password to the writes of a registration."""
    item = AccountTable(
        pk=citizen_id,
        credential_kind="one-time",
        credential_hash=one_time_hash,
        one_time_until=clock.epoch(until),
        created_at=clock.iso(clock.now()),
        registered_by=operator_id,
    )
    together.create("account", item)


def add_card_account(together: Together, citizen_id: str) -> Account:
    """Add the account of somebody who registers with the card to the writes of that registration."""
    moment = clock.iso(clock.now())
    item = AccountTable(
        pk=citizen_id, credential_kind=_BY_CARD, card_since=moment, created_at=moment, registered_by=_BY_CARD
    )
    together.create("account", item)
    return Account(citizen_id, _BY_CARD, None, None, None, int(item.version), uses_card=True)


def require_account(together: Together, account: Account) -> None:
    """Let everything depend on the credential being the one that was read (`account`)."""
    together.check("account", AccountTable(pk=account.citizen_id), AccountTable.version == account.version)


def join_card(together: Together, account: Account) -> None:
    """Add the mark that a person signs in with the card from now on; an older reading is refused (`account`)."""
    unmarked = (AccountTable.version == account.version) & AccountTable.card_since.does_not_exist()
    item = AccountTable(pk=account.citizen_id)
    together.change("account", item, [AccountTable.card_since.set(clock.iso(clock.now()))], unmarked)


def set_credential(
    together: Together, account: Account, kind: CredentialKind, credential_hash: str, until: datetime | None
) -> None:
    """Add the change of the one credential of an account, and the end of sessions that an older one opened.

    An older reading of the account is refused (`account`).
    """
    actions = [
        AccountTable.credential_kind.set(kind),
        AccountTable.credential_hash.set(credential_hash),
        AccountTable.one_time_until.set(clock.epoch(until)) if until else AccountTable.one_time_until.remove(),
        AccountTable.version.set(account.version + 1),
    ]
    item = AccountTable(pk=account.citizen_id)
    together.change("account", item, actions, AccountTable.version == account.version)
    moment = clock.now()
    outbox.add(
        together,
        outbox.Due(
            outbox_id=new_id("evt", moment),
            channel="sessions",
            destination="sessions",
            subject=account.citizen_id,
            about=str(account.version + 1),
            created_at=moment,
        ),
    )


def set_terms_version(together: Together, citizen_id: str, version: str) -> None:
    """Add the mark that a version of the terms was accepted."""
    item = AccountTable(pk=citizen_id)
    together.change("account", item, [AccountTable.terms_version.set(version)], AccountTable.pk.exists())


def add_operator(together: Together, operator: Operator) -> None:
    """Add a new operator's account; one with this name is refused (`operator`)."""
    item = OperatorTable(
        pk=operator.name,
        operator_id=operator.operator_id,
        sealed=operator.sealed,
        password_hash=operator.password_hash,
        created_at=clock.iso(clock.now()),
    )
    together.create("operator", item)


def find_operator(name: str) -> Operator | None:
    """Return the operator whose e-mail has this lookup name."""
    item = find(OperatorTable, name)
    return Operator(item.pk, item.operator_id, item.sealed, item.password_hash) if item else None


def use_step(operator: Operator, step: int) -> bool:
    """Mark a step of the time-based code as used; return False for one that was, or that is older."""
    item = OperatorTable(pk=operator.name)
    try:
        change(item, [OperatorTable.last_step.set(step)], OperatorTable.last_step < step)
    except Refused:
        return False
    return True


@dataclass(frozen=True)
class Attempts:
    """The failed attempts of a scope so far, and until when the next one waits."""

    count: int
    blocked_until: int


def attempts_of(scope: str) -> Attempts:
    """Return the attempts that still count."""
    item = find(ThrottleTable, scope)
    if item is None or clock.has_passed(item.expires_at):
        return Attempts(0, 0)
    return Attempts(int(item.attempts), int(item.blocked_until))


def reserve_attempt(scope: str, read: Attempts, blocked_until: datetime, kept: timedelta) -> None:
    """Count an attempt before it is made, and let the next one wait. Raises Refused where another came first."""
    moment = clock.now()
    item = ThrottleTable(
        scope=scope,
        attempts=read.count + 1,
        blocked_until=clock.epoch(blocked_until),
        expires_at=clock.epoch(moment + kept),
    )
    over = ThrottleTable.scope.does_not_exist() | (ThrottleTable.expires_at <= clock.epoch(moment))
    replace(item, ThrottleTable.attempts == read.count if read.count else over)


def forget_attempts(scope: str) -> None:
    """Start a scope anew, after a success."""
    try:
        ThrottleTable(scope=scope).delete()
    except PynamoDBException as error:
        raise translated(error) from error
