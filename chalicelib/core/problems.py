"""Problems (RFC 9457): every failure as an answer, with a stable type and words in the asked language."""

import json
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import Failure, FieldError, Kind
from chalicelib.core.texts import Language, has_text, text

STATUS = {
    Kind.MALFORMED: 400,
    Kind.SIGNED_OUT: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.WRONG_METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
    Kind.INVALID: 422,
    Kind.PRECONDITION_MISSING: 428,
    Kind.THROTTLED: 429,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
}


def problem(failure: Failure, language: Language, request_id: str) -> Response:
    """Return a failure as the answer to a call, in the asked language."""
    status = STATUS[failure.kind]
    minutes = -(-(failure.retry_after or 0) // 60)
    body: dict[str, Any] = {
        "type": f"urn:karibche:problem:{failure.code}",
        "title": text(language, "problems", failure.code, "title"),
        "status": status,
        "detail": text(language, "problems", failure.code, "detail", minutes=minutes, instance=request_id),
        "instance": f"urn:karibche:request:{request_id}",
    }
    if failure.errors:
        body["errors"] = [worded(error, language) for error in failure.errors]
    headers: dict[str, Any] = {
        "Content-Type": "application/problem+json; charset=utf-8",
        "Content-Language": language,
        "Cache-Control": "no-store",
    }
    if failure.retry_after:
        headers["Retry-After"] = str(failure.retry_after)
    return Response(
        body=json.dumps({**body, **failure.extra}, ensure_ascii=False), headers=headers, status_code=status
    )


def worded(error: FieldError, language: Language) -> dict[str, str]:
    """Return what is wrong with one field, in words."""
    worded = {"pointer": error.pointer, "code": error.code, "message": message(error, language)}
    return worded if error.page is None else {**worded, "page": error.page}


def message(error: FieldError, language: Language) -> str:
    """Return the words: the form's own, those of the field, or those of the code."""
    if language in error.texts:
        return error.texts[language]
    name = error.pointer.rsplit("/", 1)[-1]
    shaped = error.code in {"pattern", "format", "enum", "type"}
    if shaped and has_text(language, "messages", name):
        return text(language, "messages", name)
    label = text(language, "fields", name) if has_text(language, "fields", name) else name
    return text(language, "validation", error.code, field=label, **error.params)
