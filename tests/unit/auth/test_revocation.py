"""Whether a card is revoked: valid, revoked, or nobody can tell, and then nobody comes in (R2.3, R2.8)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chalicelib.auth import revocation
from chalicelib.auth.issuer import Issuer
from chalicelib.auth.revocation import CannotTell, Status
from local.pki import CardFaults, Holder, Pki
from local.pki.responder import ocsp_answer, revocation_list

NOW = datetime.now(UTC)
NONCE = bytes(range(32))
NINO = Holder("ნინო", "ბერიძე", "01001012345")


@pytest.fixture
def certificate(pki: Pki, ec_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return pki.authentication.issue(ec_key.public_key(), NINO)


@pytest.fixture
def revoked(pki: Pki, ec_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    made = pki.authentication.issue(ec_key.public_key(), NINO)
    pki.authentication.revoke(made)
    return made


def doubt(judge: Callable[[], Status]) -> str:
    with pytest.raises(CannotTell) as raised:
        judge()
    return raised.value.reason


# -- OCSP


def by_ocsp(
    pki: Pki,
    issuer: Issuer,
    certificate: x509.Certificate,
    mode: str = "good",
    *,
    nonce: bytes = NONCE,
    moment: datetime = NOW,
) -> Status:
    answer = ocsp_answer(pki.authentication, revocation.ocsp_request(certificate, issuer, NONCE), mode)
    return revocation.ocsp_status(answer, certificate, issuer, nonce, moment)


def test_the_responder_knows(
    pki: Pki, issuer: Issuer, certificate: x509.Certificate, revoked: x509.Certificate
) -> None:
    """R2.8"""
    assert by_ocsp(pki, issuer, certificate) is Status.VALID
    assert by_ocsp(pki, issuer, revoked) is Status.REVOKED


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("unknown", "unknown"),
        ("try-later", "refused"),
        ("old", "stale"),
        ("foreign-signer", "signature"),
        ("wrong-nonce", "nonce"),
        ("wrong-certificate", "another"),
    ],
)
def test_an_answer_that_does_not_fit_tells_nothing(
    pki: Pki, issuer: Issuer, certificate: x509.Certificate, revoked: x509.Certificate, *, mode: str, reason: str
) -> None:
    """R2.8: neither that a card is good nor that it is revoked."""
    for each in (certificate, revoked):
        assert doubt(lambda each=each: by_ocsp(pki, issuer, each, mode)) == reason  # type: ignore[misc]


@pytest.mark.parametrize("answer", [b"", b"no DER", bytes(100), b"\x30\x03\x0a\x01\x00"])
def test_what_is_no_answer_tells_nothing(issuer: Issuer, certificate: x509.Certificate, answer: bytes) -> None:
    """R2.8"""
    assert doubt(lambda: revocation.ocsp_status(answer, certificate, issuer, NONCE, NOW)) == "unreadable"
    assert doubt(lambda: revocation.crl_status(answer, certificate, issuer, NOW)) == "unreadable"


def test_another_nonce_or_a_changed_answer_tells_nothing(
    pki: Pki, issuer: Issuer, certificate: x509.Certificate
) -> None:
    """R2.8: an answer of yesterday can't be played again."""
    assert doubt(lambda: by_ocsp(pki, issuer, certificate, nonce=bytes(32))) == "nonce"
    answer = bytearray(ocsp_answer(pki.authentication, revocation.ocsp_request(certificate, issuer, NONCE)))
    answer[answer.index(NONCE)] ^= 1
    with pytest.raises(CannotTell):
        revocation.ocsp_status(bytes(answer), certificate, issuer, NONCE, NOW)


@pytest.mark.parametrize(
    ("minutes", "fits"), [(-17, False), (-14, True), (0, True), (59, True), (73, True), (76, False)]
)
def test_an_answer_counts_in_its_time_give_or_take_a_quarter_of_an_hour(
    pki: Pki, issuer: Issuer, certificate: x509.Certificate, minutes: int, *, fits: bool
) -> None:
    """R2.8: it begins a minute ago and lasts an hour."""
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    if fits:
        assert by_ocsp(pki, issuer, certificate, moment=moment) is Status.VALID
    else:
        assert doubt(lambda: by_ocsp(pki, issuer, certificate, moment=moment)) == "stale"


Made = Callable[..., bytes]


@pytest.fixture
def made(pki: Pki, certificate: x509.Certificate) -> Made:
    """An answer of OCSP with other facts than the test responder's."""

    def make(
        signer: tuple[x509.Certificate, Any] | None = None,
        *,
        since: datetime = NOW,
        until: datetime | None = None,
        nonce: bytes | None = NONCE,
        algorithm: hashes.HashAlgorithm | None = None,
        names: hashes.HashAlgorithm | None = None,
        sent: list[x509.Certificate] | None = None,
        issuer: x509.Certificate | None = None,
    ) -> bytes:
        responder, key = signer or pki.authentication.responder
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=certificate,
                issuer=issuer or pki.authentication.certificate,
                algorithm=names or hashes.SHA1(),  # noqa: S303
                cert_status=ocsp.OCSPCertStatus.GOOD,
                this_update=since,
                next_update=until,
                revocation_time=None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.NAME, responder)
        )
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        certificates = [responder] if sent is None else sent
        builder = builder.certificates(certificates) if certificates else builder
        return builder.sign(key, algorithm or hashes.SHA256()).public_bytes(Encoding.DER)

    return make


def judged(answer: bytes, certificate: x509.Certificate, issuer: Issuer) -> Status | str:
    try:
        return revocation.ocsp_status(answer, certificate, issuer, NONCE, NOW)
    except CannotTell as unsure:
        return unsure.reason


def test_an_answer_without_an_end_is_two_minutes_old_at_most(
    made: Made, certificate: x509.Certificate, issuer: Issuer
) -> None:
    """R2.8"""
    for seconds, right in ((0, Status.VALID), (110, Status.VALID), (130, "stale")):
        assert judged(made(since=NOW - timedelta(seconds=seconds)), certificate, issuer) == right


def test_the_authority_may_answer_itself(
    pki: Pki, made: Made, certificate: x509.Certificate, issuer: Issuer
) -> None:
    """R2.8"""
    own = (pki.authentication.certificate, pki.authentication.key)
    assert judged(made(own, sent=[]), certificate, issuer) is Status.VALID
    assert judged(made(own), certificate, issuer) is Status.VALID


def test_an_issuer_may_be_named_by_another_hash(made: Made, certificate: x509.Certificate, issuer: Issuer) -> None:
    """R2.8"""
    assert judged(made(names=hashes.SHA256()), certificate, issuer) is Status.VALID


def test_an_answer_without_a_nonce_tells_nothing(
    made: Made, certificate: x509.Certificate, issuer: Issuer
) -> None:
    """R2.8"""
    assert judged(made(nonce=None), certificate, issuer) == "nonce"


def test_an_answer_about_the_same_number_of_another_authority_tells_nothing(
    pki: Pki, made: Made, certificate: x509.Certificate, issuer: Issuer
) -> None:
    """R2.8"""
    assert judged(made(issuer=pki.signing.certificate), certificate, issuer) == "another"


def responder(
    pki: Pki,
    *,
    usage: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.OCSP_SIGNING,),
    ended: bool = False,
    authority: Any = None,
) -> tuple[x509.Certificate, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    faults = CardFaults(
        extended_key_usage=usage or None,
        not_before=NOW - timedelta(days=9),
        not_after=NOW + timedelta(days=-1 if ended else 9),
    )
    return (authority or pki.authentication).issue(key.public_key(), NINO, faults), key


def test_only_whom_the_authority_left_it_to_may_answer(
    pki: Pki, foreign: Pki, made: Made, certificate: x509.Certificate, issuer: Issuer
) -> None:
    """R2.8: a card holder can't answer for their own card, nor the other authority's responder."""
    assert judged(made(responder(pki)), certificate, issuer) is Status.VALID
    for signer in (
        responder(pki, usage=()),
        responder(pki, usage=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
        responder(pki, usage=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
        responder(pki, ended=True),
        responder(pki, authority=foreign.authentication),
        pki.signing.responder,
        (pki.root.certificate, pki.root.key),
    ):
        assert judged(made(signer), certificate, issuer) == "signature"
    assert judged(made(responder(pki), sent=[pki.authentication.responder[0]]), certificate, issuer) == "signature"


def test_where_a_responder_is_named_nobody_else_may_answer(
    pki: Pki, made: Made, certificate: x509.Certificate, issuer: Issuer
) -> None:
    """R2.8"""
    named, key = responder(pki)
    designated = replace(issuer, responder=named)
    assert judged(made((named, key)), certificate, designated) is Status.VALID
    assert judged(made((named, key), sent=[]), certificate, designated) is Status.VALID
    assert judged(made(), certificate, designated) == "signature"
    own = (pki.authentication.certificate, pki.authentication.key)
    assert judged(made(own), certificate, designated) == "signature"
    over, its_key = responder(pki, ended=True)
    assert judged(made((over, its_key)), certificate, replace(issuer, responder=over)) == "signature"


def test_a_weak_signature_tells_nothing(made: Made, certificate: x509.Certificate, issuer: Issuer) -> None:
    """R2.8"""
    assert judged(made(algorithm=hashes.SHA224()), certificate, issuer) == "weak"


# -- the authority's list

Listed = Callable[..., bytes]


@pytest.fixture
def listed(pki: Pki, revoked: x509.Certificate) -> Listed:
    """A list of revoked certificates with other facts than the test responder's."""

    def make(
        *extensions: tuple[x509.ExtensionType, bool],
        authority: Any = None,
        issuer: x509.Name | None = None,
        since: datetime = NOW - timedelta(hours=1),
        until: datetime = NOW + timedelta(hours=1),
    ) -> bytes:
        signer = authority or pki.authentication
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer or pki.authentication.certificate.subject)
            .last_update(since)
            .next_update(until)
            .add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(revoked.serial_number)
                .revocation_date(NOW - timedelta(days=1))
                .build()
            )
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    return make


def by_list(answer: bytes, certificate: x509.Certificate, issuer: Issuer) -> Status | str:
    try:
        return revocation.crl_status(answer, certificate, issuer, NOW)
    except CannotTell as unsure:
        return unsure.reason


def test_the_list_knows(
    pki: Pki, listed: Listed, certificate: x509.Certificate, revoked: x509.Certificate, issuer: Issuer
) -> None:
    """R2.8"""
    for answer in (listed(), revocation_list(pki.authentication)):
        assert by_list(answer, certificate, issuer) is Status.VALID
        assert by_list(answer, revoked, issuer) is Status.REVOKED


def test_a_list_of_somebody_else_tells_nothing(
    pki: Pki, foreign: Pki, listed: Listed, certificate: x509.Certificate, issuer: Issuer
) -> None:
    """R2.8: by name or by key."""
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody")])
    for answer in (
        listed(issuer=other),
        listed(issuer=pki.signing.certificate.subject),
        listed(authority=foreign.authentication),
        listed(authority=pki.signing),
        revocation_list(pki.authentication, "foreign-signer"),
        listed(authority=pki.root),
    ):
        assert by_list(answer, certificate, issuer) in {"signature", "unreadable"}


@pytest.mark.parametrize(
    ("since", "until", "right"),
    [
        (-120, -16, "stale"),
        (-120, -14, Status.VALID),
        (14, 60, Status.VALID),
        (16, 60, "stale"),
    ],
)
def test_a_list_counts_in_its_time(
    listed: Listed, certificate: x509.Certificate, issuer: Issuer, *, since: int, until: int, right: Status | str
) -> None:
    """R2.8"""
    answer = listed(since=NOW + timedelta(minutes=since), until=NOW + timedelta(minutes=until))
    assert by_list(answer, certificate, issuer) == right


def distribution(url: str | None = None, **facts: Any) -> x509.IssuingDistributionPoint:
    names = ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl", "only_contains_attribute_certs")
    known: dict[str, Any] = dict.fromkeys(names, False)
    return x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier(url)] if url else None,
        relative_name=None,
        only_some_reasons=facts.pop("only_some_reasons", None),
        **(known | facts),
    )


@pytest.mark.parametrize(
    ("extension", "critical", "right"),
    [
        (x509.CRLNumber(7), False, Status.VALID),
        (distribution(only_contains_user_certs=True), True, Status.VALID),
        (distribution("http://responder.example/crl/authentication.crl"), True, Status.VALID),
        (distribution("http://responder.example/crl/part-2.crl"), True, "partial"),
        (distribution(only_contains_ca_certs=True), True, "partial"),
        (distribution(only_contains_attribute_certs=True), True, "partial"),
        (distribution(indirect_crl=True), True, "partial"),
        (distribution(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})), True, "partial"),
        (x509.DeltaCRLIndicator(6), True, "partial"),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True, "partial"),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), False, Status.VALID),
    ],
    ids=lambda value: str(value)[:60],
)
def test_only_a_whole_list_of_citizens_certificates_tells_anything(
    listed: Listed,
    certificate: x509.Certificate,
    issuer: Issuer,
    *,
    extension: x509.ExtensionType,
    critical: bool,
    right: Status | str,
) -> None:
    """R2.8: a list of another part says nothing of a certificate that it lacks."""
    assert by_list(listed((extension, critical)), certificate, issuer) == right


# -- one after the other


class Sources:
    """What two sources answer, and in which order they were asked."""

    def __init__(self, pki: Pki, ocsp_mode: str | None, crl_mode: str | None) -> None:
        self.pki, self.modes, self.asked = pki, (ocsp_mode, crl_mode), []  # type: ignore[var-annotated]

    def fetch(self, url: str, limit: int, body: bytes | None = None, media_type: str = "") -> bytes:
        ocsp_mode, crl_mode = self.modes
        mode = ocsp_mode if body else crl_mode
        self.asked.append(url.rsplit("/", 2)[-2])
        if mode is None:
            raise CannotTell("time-out")
        assert limit in {revocation.OCSP_LIMIT, revocation.CRL_LIMIT}
        assert bool(body) == (media_type == "application/ocsp-request")
        if body:
            return ocsp_answer(self.pki.authentication, body, mode)
        return revocation_list(self.pki.authentication, mode)


@pytest.mark.parametrize(
    ("modes", "asked", "outcome"),
    [
        (("good", "good"), ["ocsp"], Status.VALID),
        ((None, "good"), ["ocsp", "crl"], Status.VALID),
        (("unknown", "good"), ["ocsp", "crl"], Status.VALID),
        (("old", None), ["ocsp", "crl"], Status.UNDETERMINED),
        ((None, "foreign-signer"), ["ocsp", "crl"], Status.UNDETERMINED),
        ((None, None), ["ocsp", "crl"], Status.UNDETERMINED),
    ],
    ids=str,
)
def test_the_list_is_asked_where_the_responder_can_not_tell(
    pki: Pki, issuer: Issuer, certificate: x509.Certificate, *, modes: Any, asked: list[str], outcome: Status
) -> None:
    """R2.8"""
    sources = Sources(pki, *modes)
    found = revocation.status_of(certificate, issuer, datetime.now(UTC), sources.fetch)
    assert (found.status, sources.asked) == (outcome, asked)
    assert len(found.doubts) == len(asked) - (outcome is not Status.UNDETERMINED)


def test_a_revoked_card_is_revoked_whoever_says_it(pki: Pki, issuer: Issuer, revoked: x509.Certificate) -> None:
    """R2.8"""
    for modes in (("good", None), (None, "good")):
        found = revocation.status_of(revoked, issuer, datetime.now(UTC), Sources(pki, *modes).fetch)
        assert found.status is Status.REVOKED


def test_a_source_that_is_not_named_is_not_asked(pki: Pki, issuer: Issuer, certificate: x509.Certificate) -> None:
    """R2.8"""
    for change, asked in (({"ocsp_url": None}, ["crl"]), ({"crl_url": None}, ["ocsp"])):
        sources = Sources(pki, "good", "good")
        named: dict[str, Any] = change
        found = revocation.status_of(certificate, replace(issuer, **named), datetime.now(UTC), sources.fetch)
        assert (found.status, sources.asked) == (Status.VALID, asked)
