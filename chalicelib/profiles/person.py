"""A person as the portal knows them."""

import unicodedata
from dataclasses import dataclass

from chalicelib.core.texts import Language


@dataclass(frozen=True)
class Person:
    """Names in Georgian, an 11-digit personal number, contact data, the language of letters.

    `version` counts the changes; it is what an ETag of the profile names.
    """

    citizen_id: str
    first_name: str
    last_name: str
    personal_number: str
    email: str
    mobile: str
    language: Language
    version: int


def normalised_email(email: str) -> str:
    """Return the form under which an address is compared: NFC, no outer space, no capitals."""
    return unicodedata.normalize("NFC", email.strip()).casefold()
