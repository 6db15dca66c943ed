"""Acceptance of the terms: without it there is no access (R3.1)."""

from chalicelib import auth
from chalicelib.core.principal import Principal
from chalicelib.core.tables import Refused, Together
from chalicelib.core.texts import Language
from chalicelib.terms.errors import TermsOutdated
from chalicelib.terms.repository import add_acceptance
from chalicelib.terms.versions import current_version


def accept(principal: Principal, version: str, language: Language) -> None:
    """Record the acceptance and open the portal to this session; a second time changes nothing.

    Raises TermsOutdated, and what comes before the terms if that is still to be done.
    """
    auth.refuse_before_terms(principal)
    if version != current_version():
        raise TermsOutdated
    together = Together()
    add_acceptance(together, principal.subject, version, language)
    auth.admit(together, principal, version)
    try:
        together.commit()
    except Refused as refused:
        if refused.labels != {"acceptance"}:
            raise
        # Accepted before, in another session: this one still has to be let in.
        again = Together()
        auth.admit(again, principal, version)
        again.commit()
