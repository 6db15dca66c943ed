from chalicelib.core.errors import Failure, Kind


class ProfileChanged(Failure):
    """The profile was changed since it was read."""

    code = "profile-changed"
    kind = Kind.STALE


class EmailTaken(Failure):
    """The address is another citizen's username."""

    code = "email-taken"
    kind = Kind.CONFLICT


class EmailCodeWrong(Failure):
    """The code is wrong, used up or over its time."""

    code = "email-code-wrong"
    kind = Kind.INVALID
