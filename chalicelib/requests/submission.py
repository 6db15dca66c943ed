"""Sending: one transaction registers the application, and everything that has to follow from it (R4.2)."""

from typing import Any

from chalicelib import notifications
from chalicelib.core import clock, idempotency, observability, outbox
from chalicelib.core.crypto import data_key
from chalicelib.core.errors import Unavailable
from chalicelib.core.ids import new_id, new_registration_number
from chalicelib.core.principal import Principal
from chalicelib.core.settings import settings
from chalicelib.core.tables import Refused, Together
from chalicelib.requests import draft_repository as drafts
from chalicelib.requests import repository
from chalicelib.requests.drafts import changed, refuse_missing
from chalicelib.requests.errors import DraftNotChecked
from chalicelib.requests.lifecycle import Progress, State
from chalicelib.requests.model import Checked, Draft, Head
from chalicelib.requests.views import head_json, notice_params

_OPERATION = "send-application"
_NUMBER_TRIES = 3


def send(principal: Principal, key: str, draft_id: str, expected_version: int) -> dict[str, Any]:
    """Send a checked draft and return the request. The same key gives the same answer.

    Raises NotFound, DraftChanged, DraftNotChecked, IdempotencyKeyReused.
    """
    body = {"draft_id": draft_id}
    draft = drafts.find_draft(principal.subject, draft_id, opened=False)
    if draft is None:
        return _sent_before(principal, key, body)
    if draft.version != expected_version:
        raise changed(principal.subject, draft_id)
    if draft.checked is None:
        raise DraftNotChecked
    refuse_missing(principal.assurance, draft.assurance, needs_signature=draft.needs_signature)
    if draft.checked.addressee not in settings().provider_queues:
        raise Unavailable
    for _ in range(_NUMBER_TRIES):
        head = _head(draft, draft.checked)
        try:
            _register(draft, draft.checked, head, key, body)
        except Refused as refused:
            if refused.labels == {"number"}:
                continue
            return _sent_before(principal, key, body)
        observability.log("request.sent", subject=head.request_id, provider=head.provider)
        return head_json(head)
    raise Unavailable


def _register(draft: Draft, checked: Checked, head: Head, key: str, body: dict[str, str]) -> None:
    together = Together()
    repository.add_request(together, head, checked.sealed)
    drafts.add_removal(together, draft)
    outbox.add(
        together,
        outbox.Due(
            outbox_id=new_id("evt", head.submitted_at),
            channel="provider",
            destination=head.provider,
            subject=head.request_id,
            about="submitted",
            created_at=head.submitted_at,
        ),
    )
    idempotency.remember(together, head.citizen_id, key, _OPERATION, body, head_json(head))
    sealing = data_key(head.citizen_id)
    notifications.add_notice(together, sealing, head.citizen_id, "request-sent", notice_params(head), mail=True)
    together.commit()


def _head(draft: Draft, checked: Checked) -> Head:
    moment = clock.now()
    return Head(
        request_id=checked.request_id,
        citizen_id=draft.citizen_id,
        registration_number=new_registration_number(moment.year),
        service_id=draft.service_id,
        service_version=draft.service_version,
        service_title=draft.service_title,
        provider=checked.addressee,
        provider_name=checked.addressee_name,
        submitted_at=moment,
        application_sha256=checked.sha256,
        application_size=checked.size,
        progress=Progress(State.SENT),
    )


def _sent_before(principal: Principal, key: str, body: dict[str, str]) -> dict[str, Any]:
    """Return the first answer to this key. Raises NotFound or DraftChanged where there is none."""
    replayed = idempotency.replay(principal.subject, key, _OPERATION, body)
    if replayed:
        return replayed
    raise changed(principal.subject, body["draft_id"])
