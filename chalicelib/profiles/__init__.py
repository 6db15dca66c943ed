"""Who a citizen is: names, personal number, contact data."""

from chalicelib.profiles.errors import EmailTaken
from chalicelib.profiles.person import Person, normalised_email
from chalicelib.profiles.repository import add_profile, email_owner, find_person, person_of, personal_number_owner

__all__ = [
    "EmailTaken",
    "Person",
    "add_profile",
    "email_owner",
    "find_person",
    "normalised_email",
    "person_of",
    "personal_number_owner",
]
