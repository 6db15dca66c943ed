"""Cards in memory, and the test authorities that issue them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from chalicelib.auth import trust
from chalicelib.auth.issuer import Issuer, read_issuer
from local.pki import Holder, Pki
from local.softcard import SoftCard

NINO = Holder("ნინო", "ბერიძე", "01001012345")


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The authorities whose cards count."""
    return Pki.create(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Authorities of the same names with other keys."""
    return Pki.create(tmp_path_factory.mktemp("foreign"))


@pytest.fixture(scope="session")
def issuer(pki: Pki) -> Issuer:
    """The authority, as it is published."""
    (entry,) = pki.trust("http://responder.example")["authentication"]
    return read_issuer(entry)


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    """A key as the cards of 2011 have it."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def ec_key() -> ec.EllipticCurvePrivateKey:
    """A key as newer cards have it."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def card(pki: Pki, ec_key: ec.EllipticCurvePrivateKey) -> Callable[..., SoftCard]:
    """`card()`: somebody's card; `card(CardFaults(…))` one with a certificate that is not as it should be."""
    return lambda faults=None, holder=NINO: SoftCard.issued(pki.authentication, holder, faults, ec_key)


@pytest.fixture(autouse=True)
def no_list_held() -> Iterator[None]:
    """Every test reads the list of authorities anew."""
    trust.forget_issuers()
    yield
    trust.forget_issuers()


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The tokens that Web eID publishes."""
    return Path(__file__).parents[2] / "vectors/web-eid.json"
