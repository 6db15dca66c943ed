from chalicelib.core.errors import Failure, Kind


class SignInFailed(Failure):
    """Name or credential is wrong, used up or over its time: nobody is told which."""

    code = "sign-in-failed"
    kind = Kind.SIGNED_OUT


class OperatorSignInFailed(Failure):
    """Name, password or code of an operator is wrong."""

    code = "operator-sign-in-failed"
    kind = Kind.SIGNED_OUT


class TooManyAttempts(Failure):
    """Too many failed attempts of this account from this network."""

    code = "too-many-attempts"
    kind = Kind.THROTTLED
    retryable = True


class NewPasswordRequired(Failure):
    """The session began with a one-time password, which must be changed first."""

    code = "new-password-required"
    kind = Kind.FORBIDDEN


class TermsRequired(Failure):
    """The terms in force were not accepted yet."""

    code = "terms-required"
    kind = Kind.FORBIDDEN


class CurrentPasswordWrong(Failure):
    """The password that a change has to be proved with is wrong."""

    code = "current-password-wrong"
    kind = Kind.INVALID


class PasswordState(Failure):
    """A password is changed with the current one, or right after a one-time password."""

    code = "password-state"
    kind = Kind.CONFLICT


class PersonExists(Failure):
    """A citizen with this personal number or e-mail is registered."""

    code = "person-exists"
    kind = Kind.CONFLICT
