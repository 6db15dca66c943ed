"""Says which certificates still count: OCSP (RFC 6960) and a CRL (RFC 5280); in a bad way if asked for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from types import TracebackType

    from local.pki.authorities import Authority, IssuingKey, Pki

# How a responder may fail whoever asks it.
MODES = (
    "good",
    "unknown",
    "try-later",
    "down",
    "silent",
    "slow",
    "garbage",
    "huge",
    "redirect",
    "old",
    "foreign-signer",
    "wrong-nonce",
    "wrong-certificate",
)
SLOW_SECONDS = 20.0
HUGE_BYTES = 32 * 1024 * 1024
_VALIDITY = timedelta(hours=1)
_TYPES = {"ocsp": "application/ocsp-response", "crl": "application/pkix-crl"}


class Responder:
    """The responders of a Pki on the loopback; `asked` are the paths that somebody called.

    `ocsp_mode` and `crl_mode` are one of MODES; setting `mode` sets both.
    """

    def __init__(self, pki: Pki, port: int = 0) -> None:
        self.ocsp_mode = self.crl_mode = "good"
        self.asked: list[str] = []
        self.ended = threading.Event()
        self._authorities = {"authentication": pki.authentication, "signing": pki.signing}
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def mode(self) -> str:
        """How OCSP is answered."""
        return self.ocsp_mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(mode)
        self.ocsp_mode = self.crl_mode = mode

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, those that are kept waiting least of all."""
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def authority(self, path: str) -> tuple[str, Authority] | None:
        """The protocol and the authority of `/ocsp/NAME` or `/crl/NAME.crl`."""
        _, _, rest = path.partition("/")
        protocol, _, name = rest.partition("/")
        found = self._authorities.get(name.removesuffix(".crl"))
        return (protocol, found) if found and protocol in {"ocsp", "crl"} else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, responder: Responder, port: int) -> None:
        self.responder = responder
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        responder = self.server.responder
        responder.asked.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = responder.authority(self.path)
        if found is None:
            return self._say(HTTPStatus.NOT_FOUND, b"")
        protocol, authority = found
        mode = responder.ocsp_mode if protocol == "ocsp" else responder.crl_mode
        if mode == "silent":
            self.close_connection = True
            return None
        if mode == "slow":
            responder.ended.wait(SLOW_SECONDS)
        if mode == "redirect":
            return self._say(HTTPStatus.FOUND, b"", Location=f"{responder.url}/elsewhere{self.path}")
        if mode == "down":
            return self._say(HTTPStatus.SERVICE_UNAVAILABLE, b"")
        if mode in {"garbage", "huge"}:
            return self._say(HTTPStatus.OK, b"no DER" if mode == "garbage" else bytes(HUGE_BYTES))
        answered = ocsp_answer(authority, body, mode) if protocol == "ocsp" else revocation_list(authority, mode)
        return self._say(HTTPStatus.OK, answered, **{"Content-Type": _TYPES[protocol]})

    def _say(self, status: HTTPStatus, body: bytes, **headers: str) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def ocsp_answer(authority: Authority, body: bytes, mode: str = "good") -> bytes:
    """The answer to an OCSP request, signed by the responder to which the authority leaves it."""
    if mode == "try-later":
        return _encoded(ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER))
    asked = ocsp.load_der_ocsp_request(body)
    serial = asked.serial_number + (1 if mode == "wrong-certificate" else 0)
    since = authority.revoked().get(asked.serial_number)
    status = ocsp.OCSPCertStatus.REVOKED if since else ocsp.OCSPCertStatus.GOOD
    if mode == "unknown":
        status, since = ocsp.OCSPCertStatus.UNKNOWN, None
    begins = _begin(mode)
    certificate, key = _self_made() if mode == "foreign-signer" else authority.responder
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            issuer_name_hash=asked.issuer_name_hash,
            issuer_key_hash=asked.issuer_key_hash,
            serial_number=serial,
            algorithm=asked.hash_algorithm,
            cert_status=status,
            this_update=begins,
            next_update=begins + _VALIDITY,
            revocation_time=since,
            revocation_reason=x509.ReasonFlags.unspecified if since else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
        .certificates([certificate])
    )
    for extension in asked.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            nonce = bytes(32) if mode == "wrong-nonce" else extension.value.nonce
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return _encoded(builder.sign(key, hashes.SHA256()))


def revocation_list(authority: Authority, mode: str = "good") -> bytes:
    """The authority's list of revoked certificates, in DER."""
    begins = _begin(mode)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(begins)
        .next_update(begins + _VALIDITY)
    )
    for serial, since in authority.revoked().items():
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        )
    key = _self_made()[1] if mode == "foreign-signer" else authority.key
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _begin(mode: str) -> datetime:
    now = datetime.now(UTC).replace(microsecond=0)
    return now - timedelta(days=2) if mode == "old" else now - timedelta(minutes=1)


def _encoded(response: ocsp.OCSPResponse) -> bytes:
    return response.public_bytes(Encoding.DER)


def _self_made() -> tuple[x509.Certificate, IssuingKey]:
    """A signer whom no authority has named."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nobody")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate, key
