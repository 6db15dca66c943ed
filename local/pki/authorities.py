"""GEO Root CA, beneath it the Authentication CA and the Signing CA, as the cards of 2011 have them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    IssuingKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

# Georgian cards are valid for two and a half years at most; the authorities outlive them.
CARD_LIFETIME = timedelta(days=900)
AUTHORITY_LIFETIME = timedelta(days=3650)
# What a certificate names as its responder is an attacker's to choose: nobody may ever call here.
UNTRUSTED_ADDRESS = "http://127.0.0.1:9"
POLICY = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1.1")
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Holder:
    """Whose card it is: names in Georgian, personal number of 11 digits."""

    first_name: str
    last_name: str
    personal_number: str


@dataclass(frozen=True)
class CardFaults:
    """What a test wants otherwise in a certificate; the defaults are a good one.

    `serial_number` None stands for `PNOGE-` and the personal number; `key_usage` None leaves the extension out.
    """

    not_before: datetime | None = None
    not_after: datetime | None = None
    serial_number: str | None = None
    key_usage: tuple[str, ...] | None = ("digital_signature",)
    extended_key_usage: tuple[x509.ObjectIdentifier, ...] | None = (ExtendedKeyUsageOID.CLIENT_AUTH,)
    untrusted_address: str = UNTRUSTED_ADDRESS


class Authority:
    """A certification authority whose key and list of revocations lie in `folder`."""

    def __init__(self, folder: Path, thing: str, usages: CardFaults) -> None:
        self._folder = folder
        self._thing = thing
        self._usages = usages

    @cached_property
    def certificate(self) -> x509.Certificate:
        """Its own certificate."""
        return x509.load_pem_x509_certificate(self._file("pem").read_bytes())

    @cached_property
    def key(self) -> IssuingKey:
        """The key that it issues with."""
        return _read_key(self._file("key"))

    @cached_property
    def responder(self) -> tuple[x509.Certificate, IssuingKey]:
        """The certificate and key to which it leaves the answering of OCSP requests."""
        certificate = x509.load_pem_x509_certificate(self._file("ocsp.pem").read_bytes())
        return certificate, _read_key(self._file("ocsp.key"))

    def pem(self) -> str:
        """Its own certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(
        self, public_key: CertificatePublicKeyTypes, holder: Holder, faults: CardFaults | None = None
    ) -> x509.Certificate:
        """A card's certificate for the key that was made on it."""
        wanted = faults or self._usages
        begins = wanted.not_before or _now() - timedelta(days=1)
        builder = _builder(_card_name(holder, wanted), self.certificate.subject, public_key, begins)
        builder = builder.not_valid_after(wanted.not_after or begins + CARD_LIFETIME)
        for extension in self._card_extensions(public_key, wanted):
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.KeyUsage))
        return builder.sign(self.key, hashes.SHA256())

    def revoke(self, certificate: x509.Certificate) -> None:
        """Revoke from now on; every responder over this folder knows at once."""
        known = {str(serial): moment.isoformat() for serial, moment in self.revoked().items()}
        known.setdefault(str(certificate.serial_number), _now().isoformat())
        new = self._file("revoked.new")
        new.write_text(json.dumps(known), encoding="utf-8")
        new.replace(self._file("revoked.json"))

    def revoked(self) -> Mapping[int, datetime]:
        """The serial numbers that no longer count, and since when."""
        kept = self._file("revoked.json")
        known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        return {int(serial): datetime.fromisoformat(moment) for serial, moment in known.items()}

    def _card_extensions(
        self, public_key: CertificatePublicKeyTypes, wanted: CardFaults
    ) -> list[x509.ExtensionType]:
        address = wanted.untrusted_address
        found: list[x509.ExtensionType] = [
            x509.BasicConstraints(ca=False, path_length=None),
            x509.SubjectKeyIdentifier.from_public_key(public_key),
            _issued_by(self.certificate),
            x509.CertificatePolicies([x509.PolicyInformation(POLICY, None)]),
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(
                        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{address}/ocsp")
                    )
                ]
            ),
            x509.CRLDistributionPoints(
                [x509.DistributionPoint([x509.UniformResourceIdentifier(f"{address}/list.crl")], None, None, None)]
            ),
        ]
        if wanted.key_usage is not None:
            found.append(_key_usage(*wanted.key_usage))
        if wanted.extended_key_usage is not None:
            found.append(x509.ExtendedKeyUsage(wanted.extended_key_usage))
        return found

    def _file(self, ending: str) -> Path:
        return self._folder / f"{self._thing}.{ending}"


class Pki:
    """The authorities in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = Authority(folder, "root", CardFaults())
        self.authentication = Authority(folder, "authentication", CardFaults())
        self.signing = Authority(
            folder, "signing", CardFaults(key_usage=("content_commitment",), extended_key_usage=None)
        )

    @classmethod
    def create(cls, folder: Path) -> Pki:
        """New authorities with new keys."""
        folder.mkdir(parents=True, exist_ok=True)
        root_key = ec.generate_private_key(ec.SECP384R1())
        root_name = _authority_name("GEO Root CA")
        root = _authority(root_name, root_name, root_key, root_key, depth=1)
        for thing, name in (("authentication", "GEO Authentication CA"), ("signing", "GEO Signing CA")):
            key = rsa.generate_private_key(65537, 2048)
            certificate = _authority(_authority_name(name), root_name, key, root_key, depth=0, issuer=root)
            _write(folder, thing, certificate, key)
            responder_key = ec.generate_private_key(ec.SECP256R1())
            _write(folder, f"{thing}.ocsp", _responder(name, responder_key, certificate, key), responder_key)
        _write(folder, "root", root, root_key)
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> Pki:
        """The authorities in `folder`, made if there are none."""
        return cls(folder) if (folder / "root.pem").exists() else cls.create(folder)

    def trust(self, base_url: str) -> dict[str, Any]:
        """What `python -m infra.trust` is given so that these cards count; `base_url` is a Responder's."""
        return {
            "authentication": [
                {
                    "name": "GEO Authentication CA (test)",
                    "certificate": self.authentication.pem(),
                    "root": self.root.pem(),
                    "ocsp": {"url": f"{base_url}/ocsp/authentication", "responder": None},
                    "crl": {"url": f"{base_url}/crl/authentication.crl"},
                }
            ]
        }


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _authority_name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "GE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Karibche test authorities"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{common_name} (test)"),
        ]
    )


def _card_name(holder: Holder, wanted: CardFaults) -> x509.Name:
    number = f"PNOGE-{holder.personal_number}" if wanted.serial_number is None else wanted.serial_number
    attributes = [
        (NameOID.COUNTRY_NAME, "GE"),
        (NameOID.COMMON_NAME, holder.personal_number),
        (NameOID.SURNAME, holder.last_name),
        (NameOID.GIVEN_NAME, holder.first_name),
        (NameOID.SERIAL_NUMBER, number),
    ]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes if value])


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: CertificatePublicKeyTypes, begins: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
    )


def _authority(  # noqa: PLR0913 - a certificate has this many facts
    subject: x509.Name,
    issuer_name: x509.Name,
    key: IssuingKey,
    issuing_key: IssuingKey,
    *,
    depth: int,
    issuer: x509.Certificate | None = None,
) -> x509.Certificate:
    begins = _now() - timedelta(days=365)
    builder = _builder(subject, issuer_name, key.public_key(), begins)
    builder = (
        builder.not_valid_after(begins + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
        .add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is not None:
        builder = builder.add_extension(_issued_by(issuer), critical=False)
    return builder.sign(issuing_key, hashes.SHA256())


def _responder(
    name: str, key: IssuingKey, authority: x509.Certificate, issuing_key: IssuingKey
) -> x509.Certificate:
    begins = _now() - timedelta(days=1)
    builder = _builder(_authority_name(f"{name} OCSP"), authority.subject, key.public_key(), begins)
    return (
        builder.not_valid_after(begins + AUTHORITY_LIFETIME / 2)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(_issued_by(authority), critical=False)
        .sign(issuing_key, hashes.SHA256())
    )


def _issued_by(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    subject_key = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key)


def _key_usage(*names: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in names for usage in USAGES})


def _write(folder: Path, thing: str, certificate: x509.Certificate, key: IssuingKey) -> None:
    (folder / f"{thing}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    kept = folder / f"{thing}.key"
    kept.touch(mode=0o600)
    kept.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _read_key(file: Path) -> IssuingKey:
    return cast("IssuingKey", serialization.load_pem_private_key(file.read_bytes(), password=None))
