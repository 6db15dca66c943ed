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


class ContactRequired(Failure):
    """A first sign-in with the card still has to say mobile number and e-mail."""

    code = "contact-required"
    kind = Kind.FORBIDDEN


class FreshSignInRequired(Failure):
    """A sensitive change without a password is proved by a card sign-in of the last minutes."""

    code = "fresh-sign-in-required"
    kind = Kind.FORBIDDEN


class ChallengeGone(Failure):
    """The challenge was used, is over, was never given, or was given to another browser."""

    code = "challenge-gone"
    kind = Kind.CONFLICT


class CardTokenInvalid(Failure):
    """The token is not well made, or was not signed for this portal and this challenge."""

    code = "card-token-invalid"
    kind = Kind.FORBIDDEN


class CardCertificateUnsuitable(Failure):
    """The certificate is not one to sign in with, or does not say whose it is."""

    code = "card-certificate-unsuitable"
    kind = Kind.FORBIDDEN


class CardIssuerUnknown(Failure):
    """The certificate does not come from an authority whose cards count here."""

    code = "card-issuer-unknown"
    kind = Kind.FORBIDDEN


class CardExpired(Failure):
    """The time of the certificate is over, or has not begun."""

    code = "card-expired"
    kind = Kind.FORBIDDEN


class CardRevoked(Failure):
    """The authority has revoked the certificate."""

    code = "card-revoked"
    kind = Kind.FORBIDDEN


class CardStatusUnknown(Failure):
    """Nobody could say whether the certificate is revoked."""

    code = "card-status-unknown"
    kind = Kind.UNAVAILABLE
    retryable = True


class CardOfAnother(Failure):
    """Somebody else is signed in in this browser."""

    code = "card-of-another"
    kind = Kind.CONFLICT
