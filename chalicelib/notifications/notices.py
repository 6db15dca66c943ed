"""The kinds of notice. A kind says what happened; nothing sensitive stands in a title."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from chalicelib.core import clock
from chalicelib.core.schema import MOMENT, OPEN_OBJECT, Schema, one_of, or_null, record, string

Kind = Literal[
    "request-sent",
    "request-received",
    "request-answered",
    "email-changed",
    "email-code",
    "password-changed",
    "registered-by-card",
    "card-joined",
]


@dataclass(frozen=True)
class Notice:
    """Something a citizen is told. `params` fill the text: ids, a registration number, a service's title."""

    notice_id: str
    citizen_id: str
    kind: Kind
    created_at: datetime
    read_at: datetime | None
    params: Mapping[str, Any]


NOTICE: Schema = record(
    {
        "notice_id": string(40),
        "kind": one_of(*get_args(Kind)),
        "created_at": MOMENT,
        "read_at": or_null(MOMENT),
        "params": OPEN_OBJECT,
    }
)


def to_json(notice: Notice) -> dict[str, Any]:
    """Return a notice as the site gets it."""
    return {
        "notice_id": notice.notice_id,
        "kind": notice.kind,
        "created_at": clock.iso(notice.created_at),
        "read_at": clock.iso(notice.read_at) if notice.read_at else None,
        "params": dict(notice.params),
    }
