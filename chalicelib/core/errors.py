"""What can go wrong, in words that every layer shares. HTTP statuses are the transport's business."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """How a failure is to be understood, whatever carries it."""

    MALFORMED = "malformed"
    SIGNED_OUT = "signed-out"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    WRONG_METHOD = "wrong-method"
    CONFLICT = "conflict"
    STALE = "stale"
    TOO_LARGE = "too-large"
    UNSUPPORTED = "unsupported"
    INVALID = "invalid"
    PRECONDITION_MISSING = "precondition-missing"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field.

    `pointer` is a JSON Pointer (RFC 6901) into what was sent; `code` is stable; `params` fill the text
    (`max`, `min`); `texts` are ready-made messages by language and win over the portal's own.
    """

    pointer: str
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    page: str | None = None


class Failure(Exception):
    """An expected failure: a stable `code`, a kind, and whether the same call may succeed later."""

    code: ClassVar[str]
    kind: ClassVar[Kind]
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(self.code)
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.extra = dict(extra or {})


class NotFound(Failure):
    """It does not exist, or it is somebody else's: nobody is told which."""

    code = "not-found"
    kind = Kind.NOT_FOUND


class ValidationFailed(Failure):
    """Fields are wrong; all of them are named."""

    code = "validation-failed"
    kind = Kind.INVALID


class MalformedBody(Failure):
    """The body is not a JSON object in UTF-8."""

    code = "malformed-body"
    kind = Kind.MALFORMED


class BodyTooLarge(Failure):
    """The body is over the portal's own limit."""

    code = "body-too-large"
    kind = Kind.TOO_LARGE


class UnsupportedMediaType(Failure):
    """The body is not `application/json`."""

    code = "unsupported-media-type"
    kind = Kind.UNSUPPORTED


class MethodNotAllowed(Failure):
    """The path exists, this method does not."""

    code = "method-not-allowed"
    kind = Kind.WRONG_METHOD


class SignedOut(Failure):
    """No session, or one that has ended."""

    code = "signed-out"
    kind = Kind.SIGNED_OUT


class CrossSite(Failure):
    """A request that changes something came from another site."""

    code = "cross-site"
    kind = Kind.FORBIDDEN


class IdempotencyKeyMissing(Failure):
    """A call that creates or sends has no usable `Idempotency-Key`."""

    code = "idempotency-key-missing"
    kind = Kind.MALFORMED


class IdempotencyKeyReused(Failure):
    """The key was used before, with another body."""

    code = "idempotency-key-reused"
    kind = Kind.CONFLICT


class PreconditionRequired(Failure):
    """A change needs `If-Match`."""

    code = "precondition-required"
    kind = Kind.PRECONDITION_MISSING


class InvalidCursor(Failure):
    """The page token was not made by this list."""

    code = "invalid-cursor"
    kind = Kind.MALFORMED


class Unavailable(Failure):
    """Something the portal stands on does not answer now."""

    code = "unavailable"
    kind = Kind.UNAVAILABLE
    retryable = True


class Internal(Failure):
    """A fault of ours."""

    code = "internal"
    kind = Kind.INTERNAL
