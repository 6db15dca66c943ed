"""Drafts: filled in page by page, left and found again, checked before they are sent (R4.1)."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from chalicelib import catalogue, profiles
from chalicelib.core import clock, idempotency
from chalicelib.core.errors import FieldError, NotFound, ValidationFailed
from chalicelib.core.ids import new_id
from chalicelib.core.principal import Principal
from chalicelib.core.settings import settings
from chalicelib.core.tables import Refused, Together
from chalicelib.privacy import Kept, kept_until
from chalicelib.requests import application, forms
from chalicelib.requests import draft_repository as drafts
from chalicelib.requests.errors import ApplicationTooLarge, AssuranceTooLow, DraftChanged, SignatureRequired
from chalicelib.requests.model import Checked, Draft
from chalicelib.requests.repository import seal_application
from chalicelib.requests.views import application_json, draft_json

_OPERATION = "begin-draft"


def begin(principal: Principal, key: str, service_id: str) -> Draft:
    """Begin a draft of the service as it is now. Raises NotFound, AssuranceTooLow, SignatureRequired."""
    body = {"service_id": service_id}
    replayed = idempotency.replay(principal.subject, key, _OPERATION, body)
    if replayed:
        return read(principal.subject, replayed["draft_id"])
    service = catalogue.current(service_id)
    if service is None:
        raise NotFound
    refuse_missing(principal.assurance, service.assurance, needs_signature=service.needs_signature)
    moment = clock.now()
    draft = Draft(
        draft_id=new_id(drafts.DRAFT_PREFIX, moment),
        citizen_id=principal.subject,
        service_id=service.service_id,
        service_version=service.version,
        service_title=service.title,
        assurance=service.assurance,
        needs_signature=service.needs_signature,
        addressee=None,
        addressee_name=None,
        answers={},
        page=None,
        version=1,
        updated_at=moment,
        expires_at=kept_until(Kept.DRAFT, moment),
        checked=None,
    )
    together = Together()
    drafts.add_draft(together, draft)
    answer = {"draft_id": draft.draft_id}
    idempotency.remember(together, principal.subject, key, _OPERATION, body, answer)
    try:
        together.commit()
    except Refused:
        return begin(principal, key, service_id)
    return draft


def read(citizen_id: str, draft_id: str) -> Draft:
    """Return a citizen's draft. Raises NotFound."""
    draft = drafts.find_draft(citizen_id, draft_id)
    if draft is None:
        raise NotFound
    return draft


def save(
    citizen_id: str, draft_id: str, expected_version: int, answers: Mapping[str, Any], page: str | None
) -> Draft:
    """Write the answers. Raises NotFound, ValidationFailed, DraftChanged."""
    draft = _as_expected(citizen_id, draft_id, expected_version)
    service = catalogue.version(draft.service_id, draft.service_version)
    errors = forms.draft_errors(service.definition["form"], answers)
    if errors:
        raise ValidationFailed(errors=errors)
    addressee = answers.get("addressee")
    name = service.addressee_name(addressee) if isinstance(addressee, str) else None
    saved = replace(
        draft, answers=answers, page=page, addressee=addressee if name else None, addressee_name=name, checked=None
    )
    return _write(saved, expected_version)


def check(principal: Principal, draft_id: str, expected_version: int) -> tuple[Draft, dict[str, Any]]:
    """Build the application's bytes, once, and return the draft with what the citizen is shown.

    Raises NotFound, DraftChanged, ValidationFailed with everything that is wrong, ApplicationTooLarge.
    """
    draft = _as_expected(principal.subject, draft_id, expected_version)
    refuse_missing(principal.assurance, draft.assurance, needs_signature=draft.needs_signature)
    service = catalogue.version(draft.service_id, draft.service_version)
    form = service.definition["form"]
    answers = forms.pruned(form, draft.answers)
    errors = forms.application_errors(form, answers)
    if errors:
        raise ValidationFailed(errors=errors)
    addressee = str(answers["addressee"])
    name = service.addressee_name(addressee)
    if name is None or addressee not in settings().provider_queues:
        raise ValidationFailed(errors=[FieldError("/addressee", "enum")])
    applicant = applicant_of(draft, service.definition)
    built = application.build((draft.service_id, draft.service_version), addressee, applicant, answers)
    if built.size > application.MAX_BYTES:
        raise ApplicationTooLarge
    request_id = new_id("req", clock.now())
    checked = Checked(
        request_id=request_id,
        addressee=addressee,
        addressee_name=name,
        sealed=seal_application(principal.subject, request_id, built.content),
        sha256=built.sha256,
        size=built.size,
    )
    saved = _write(
        replace(draft, addressee=addressee, addressee_name=name, answers=answers, checked=checked),
        expected_version,
    )
    shown = {
        "draft_id": draft_id,
        "application": application_json(built.content, built.sha256),
        "answers": answers,
        "applicant": applicant,
        "addressee_name": name,
    }
    return saved, shown


def discard(citizen_id: str, draft_id: str, expected_version: int) -> None:
    """Delete a draft. Raises NotFound, DraftChanged."""
    draft = _as_expected(citizen_id, draft_id, expected_version)
    try:
        drafts.delete_draft(draft)
    except Refused as refused:
        raise changed(citizen_id, draft_id) from refused


def refuse_missing(assurance: str, needed: str, *, needs_signature: bool) -> None:
    """Raise AssuranceTooLow or SignatureRequired where the session can't do what a service needs (R2.6)."""
    missing = catalogue.missing_for(assurance, needed, needs_signature=needs_signature)
    if "card" in missing:
        raise AssuranceTooLow
    if "signature" in missing:
        raise SignatureRequired


def shown(draft: Draft) -> dict[str, Any]:
    """Return a draft with its form and the applicant's data."""
    definition = catalogue.version(draft.service_id, draft.service_version).definition
    return draft_json(draft, definition, applicant_of(draft, definition))


def applicant_of(draft: Draft, definition: Mapping[str, Any]) -> dict[str, str]:
    """Return what the service asks of the applicant's profile."""
    person = asdict(profiles.person_of(draft.citizen_id))
    return application.applicant_data(person, definition["applicant"])


def changed(citizen_id: str, draft_id: str) -> Exception:
    """Return the failure that carries the draft as it is now; NotFound when it is gone."""
    draft = drafts.find_draft(citizen_id, draft_id)
    if draft is None:
        return NotFound()
    return DraftChanged(extra={"current": shown(draft), "etag": f'"{draft.version}"'})


def _as_expected(citizen_id: str, draft_id: str, expected_version: int) -> Draft:
    draft = read(citizen_id, draft_id)
    if draft.version != expected_version:
        raise changed(citizen_id, draft_id)
    return draft


def _write(draft: Draft, expected_version: int) -> Draft:
    moment = clock.now()
    saved = replace(
        draft, version=expected_version + 1, updated_at=moment, expires_at=kept_until(Kept.DRAFT, moment)
    )
    try:
        drafts.save_draft(saved, expected_version)
    except Refused as refused:
        raise changed(draft.citizen_id, draft.draft_id) from refused
    return saved
