"""The test authorities, read by OpenSSL: what nobody here wrote agrees with them."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from local.pki import CardFaults, Holder, Pki, Responder

HOLDER = Holder("ნინო", "ბერიძე", "01001012345")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.create(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def card(pki: Pki, tmp_path: Path) -> tuple[x509.Certificate, Path]:
    certificate = pki.authentication.issue(ec.generate_private_key(ec.SECP256R1()).public_key(), HOLDER)
    file = tmp_path / "card.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return certificate, file


def openssl(*arguments: object) -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def asked(pki: Pki, card: Path, responder: Responder) -> str:
    return openssl(
        *("ocsp", "-issuer", pki.folder / "authentication.pem", "-cert", card),
        *("-url", f"{responder.url}/ocsp/authentication", "-CAfile", pki.folder / "root.pem"),
        *("-verify_other", pki.folder / "authentication.pem"),
    )


def verified(pki: Pki, authority: str, card: Path) -> str:
    return openssl(
        *("verify", "-CAfile", pki.folder / "root.pem"),
        *("-untrusted", pki.folder / f"{authority}.pem", card),
    )


def test_a_card_leads_to_the_root_through_its_own_authority_only(
    pki: Pki, card: tuple[x509.Certificate, Path]
) -> None:
    assert verified(pki, "authentication", card[1]).endswith(": OK\n")
    assert "unable to get local issuer" in verified(pki, "signing", card[1])


def test_a_card_names_its_holder_in_georgian(pki: Pki, card: tuple[x509.Certificate, Path]) -> None:
    shown = openssl(
        "x509", "-in", card[1], "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus", "-ext", "keyUsage"
    )
    for said in ("SN=ბერიძე", "GN=ნინო", "serialNumber=PNOGE-01001012345", "Digital Signature"):
        assert said in shown


def test_a_good_certificate_is_good_and_a_revoked_one_revoked(
    pki: Pki, card: tuple[x509.Certificate, Path]
) -> None:
    certificate, file = card
    with Responder(pki) as responder:
        assert f"{file}: good" in asked(pki, file, responder)
        Pki.open(pki.folder).authentication.revoke(certificate)
        assert f"{file}: revoked" in asked(pki, file, responder)
        assert responder.asked == ["/ocsp/authentication"] * 2


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("unknown", ": unknown"),
        ("try-later", "trylater"),
        ("foreign-signer", "Response Verify Failure"),
        ("old", "Status times invalid"),
        ("wrong-nonce", "Nonce Verify error"),
        ("wrong-certificate", "No Status found"),
        ("down", "503"),
        ("silent", "Error querying OCSP responder"),
    ],
)
def test_a_responder_fails_as_it_is_asked_to(
    pki: Pki, card: tuple[x509.Certificate, Path], mode: str, said: str
) -> None:
    with Responder(pki) as responder:
        responder.mode = mode
        assert said in asked(pki, card[1], responder)


def test_the_list_of_revoked_certificates_is_signed_by_its_authority(
    pki: Pki, card: tuple[x509.Certificate, Path], tmp_path: Path
) -> None:
    from local.pki.responder import revocation_list

    pki.authentication.revoke(card[0])
    file = tmp_path / "list.crl"
    file.write_bytes(revocation_list(pki.authentication))
    shown = openssl(
        "crl", "-inform", "DER", "-in", file, "-noout", "-text", "-CAfile", pki.folder / "authentication.pem"
    )
    assert "verify OK" in shown
    assert f"{card[0].serial_number:X}" in shown.replace(":", "")


def test_a_test_can_ask_for_a_certificate_that_is_not_as_it_should_be(pki: Pki) -> None:
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    certificate = pki.authentication.issue(key, HOLDER, CardFaults(key_usage=None, serial_number="1"))
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.KeyUsage)
    (number,) = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    assert number.value == "1"
