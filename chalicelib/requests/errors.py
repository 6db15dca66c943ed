from chalicelib.core.errors import Failure, Kind


class DraftChanged(Failure):
    """The draft was changed since it was read; the answer carries it as it is now."""

    code = "draft-changed"
    kind = Kind.STALE


class DraftNotChecked(Failure):
    """Only what the citizen has seen at check-your-answers can be sent."""

    code = "draft-not-checked"
    kind = Kind.CONFLICT


class AssuranceTooLow(Failure):
    """The service needs a surer sign-in."""

    code = "assurance-too-low"
    kind = Kind.FORBIDDEN


class SignatureRequired(Failure):
    """The application has to be signed."""

    code = "signature-required"
    kind = Kind.FORBIDDEN


class ApplicationTooLarge(Failure):
    """The application is over 200 KB."""

    code = "application-too-large"
    kind = Kind.TOO_LARGE
