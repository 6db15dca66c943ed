"""What a citizen lacks for a service (R2.6)."""

import pytest

from chalicelib.catalogue.service import Service, missing_for


@pytest.mark.parametrize(
    ("has", "needs", "signature", "missing"),
    [
        ("low", "low", False, []),
        ("low", "substantial", False, ["card"]),
        ("low", "high", False, ["card"]),
        ("substantial", "low", False, []),
        ("substantial", "high", False, ["card"]),
        ("high", "high", False, []),
        ("high", "low", False, []),
        ("low", "high", True, ["card", "signature"]),
        ("high", "high", True, ["signature"]),
        ("low", "low", True, ["signature"]),
    ],
)
def test_what_is_missing_is_named(has: str, needs: str, missing: list[str], *, signature: bool) -> None:
    assert missing_for(has, needs, needs_signature=signature) == missing


@pytest.mark.parametrize("unknown", [("none", "low"), ("low", "none")])
def test_an_unknown_assurance_opens_nothing(unknown: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="tuple"):
        missing_for(*unknown, needs_signature=False)


@pytest.mark.parametrize(
    ("signature", "needed"), [("none", False), ("qualified", True), ("qualified-or-seal", True)]
)
def test_a_service_says_whether_it_is_signed(signature: str, *, needed: bool) -> None:
    assert Service("x", 1, {"signature": signature}).needs_signature is needed


def test_an_addressee_has_its_name_where_the_form_offers_it() -> None:
    names = {"ka": "რეესტრი", "en": "Registry"}
    field = {"widget": "addressee", "options": [{"value": "napr", "label": names}]}
    service = Service("x", 1, {"form": {"pages": [{"fields": [{"widget": "text"}, field]}]}})
    assert service.addressee_name("napr") == names
    assert service.addressee_name("other") is None
    assert Service("x", 1, {"form": {"pages": []}}).addressee_name("napr") is None
