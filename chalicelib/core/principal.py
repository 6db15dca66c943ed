"""Who calls, and who may: what the transport tells the areas of a session."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Auth(Enum):
    """Who may call an endpoint. Every endpoint states one."""

    PUBLIC = "public"
    CITIZEN_IF_ANY = "citizen-if-any"
    CITIZEN_ENTERING = "citizen-entering"
    CITIZEN = "citizen"
    OPERATOR_IF_ANY = "operator-if-any"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Principal:
    """Who calls: an id, what the session may do, how sure the portal is of it, and when that was proved."""

    subject: str
    session: str
    state: str
    assurance: str
    proved_at: datetime
