from chalicelib.core.errors import Failure, Kind


class TermsOutdated(Failure):
    """The version that was accepted is not the one in force."""

    code = "terms-outdated"
    kind = Kind.CONFLICT
