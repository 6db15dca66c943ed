"""Cards whose files the agent cannot read, through the PKCS#11 module of whoever issues them.

The only module that imports PyKCS11. A module has the last word over a card: whether another program may use it at
the same time, and how many tries are left, is as the module says. PyKCS11 copies a PIN where nobody can wipe it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from cardbridge import profiles, signatures
from cardbridge.certificates import Certificate, printable
from cardbridge.contents import Identity, readable
from cardbridge.errors import CardError
from cardbridge.iso7816 import CodeState
from cardbridge.prompts import Document, Pin
from cardbridge.webeid import challenge_digest

PROFILE: Final = "pkcs11"
_NOT_LOADED: Final = -1  # PyKCS11's own number


@dataclass(frozen=True)
class _Token:
    """An open session with a token, whose label and serial number it says itself."""

    slot: int
    session: Any
    label: str
    serial: str


@dataclass(frozen=True)
class _Found:
    """A certificate of the holder in a token."""

    token: _Token
    identity: Identity


@contextmanager
def card(path: str) -> Iterator["Pkcs11Card | None"]:
    """Lend the card that the module at `path` reaches; None where it reaches none that can be used.

    Raises:
        CardError: `several-cards`; `unsupported`: PyKCS11 or the module cannot be loaded, or two certificates are
            for the same.
    """
    pykcs11 = _pykcs11()
    with _failures(pykcs11):
        library = pykcs11.PyKCS11Lib().load(path)
    try:
        with _failures(pykcs11):
            tokens = [_token(pykcs11, library, slot) for slot in library.getSlotList(tokenPresent=True)]
            found = _chosen(pykcs11, tokens)
        yield Pkcs11Card(pykcs11, library, found) if found else None
    finally:
        library.unload()


def _pykcs11() -> Any:
    try:
        import PyKCS11
    except ImportError as error:
        raise CardError("unsupported") from error
    return PyKCS11


def _token(pykcs11: Any, library: Any, slot: int) -> _Token:
    info = library.getTokenInfo(slot)
    session = library.openSession(slot, pykcs11.CKF_RW_SESSION)
    return _Token(slot, session, printable(info.label) or "", info.serialNumber.strip())


def _chosen(pykcs11: Any, tokens: Sequence[_Token]) -> dict[Pin, _Found]:
    """Choose the holder's certificates by their key usage; the keys cannot be seen before a PIN is given."""
    found: dict[Pin, list[_Found]] = {}
    for token in tokens:
        for identity in _identities(pykcs11, token.session):
            kind = _purpose(identity.certificate)
            if kind is not None:
                found.setdefault(kind, []).append(_Found(token, identity))
    if len({each.token.serial for several in found.values() for each in several}) > 1:
        raise CardError("several-cards")
    if any(len(several) > 1 for several in found.values()):
        raise CardError("unsupported")
    return {kind: several[0] for kind, several in found.items()}


def _purpose(certificate: Certificate) -> Pin | None:
    """Say what a certificate's key is for; one that states no usage may be for anything."""
    if not certificate.states_usage:
        return None
    if certificate.signs:
        return Pin.SIGNATURE
    return Pin.AUTHENTICATION if certificate.authenticates else None


def _identities(pykcs11: Any, session: Any) -> Iterator[Identity]:
    for handle in session.findObjects([(pykcs11.CKA_CLASS, pykcs11.CKO_CERTIFICATE)]):
        der, key_id = session.getAttributeValue(handle, [pykcs11.CKA_VALUE, pykcs11.CKA_ID], allAsBinary=True)
        certificate = readable(bytes(der))
        if certificate:
            yield Identity(certificate, bytes(key_id))


class Pkcs11Card:
    """A card behind a module. Lengths of codes are those of the generic profile."""

    def __init__(self, pykcs11: Any, library: Any, found: Mapping[Pin, _Found]) -> None:
        self._pykcs11 = pykcs11
        self._library = library
        self._found = found
        self._rules = profiles.load_all()[profiles.GENERIC].codes
        first = next(iter(found.values()))
        self.profile = PROFILE
        self.tried = False
        self.label = first.token.label
        self.reader = printable(library.getSlotInfo(first.token.slot).slotDescription) or ""
        self.identities = {pin: each.identity for pin, each in found.items()}

    def state(self, pin: Pin) -> CodeState:
        """Say what the token's flags say: they know "one" and "none", not how many."""
        pykcs11 = self._pykcs11
        with _failures(pykcs11):
            flags = self._library.getTokenInfo(self._of(pin).token.slot).flags
        if not flags & pykcs11.CKF_USER_PIN_INITIALIZED:
            return CodeState(None, usable=False)
        if flags & pykcs11.CKF_USER_PIN_LOCKED:
            return CodeState(0)
        return CodeState(1 if flags & pykcs11.CKF_USER_PIN_FINAL_TRY else None)

    def limits(self, pin: Pin) -> tuple[int, int]:
        """Say what the generic profile says."""
        return self._rules[pin].minimum, self._rules[pin].maximum

    def authenticate(self, code: bytearray, origin: str, nonce: str) -> bytes:
        """Sign H(H(origin) || H(nonce)), H as strong as the key."""
        kind = self._of(Pin.AUTHENTICATION).identity.certificate.kind
        digest = challenge_digest(kind, origin, nonce)
        return self._signature(Pin.AUTHENTICATION, code, Document(kind.hash_function, digest))

    def sign(self, code: bytearray, document: Document) -> bytes:
        """Sign a digest with the signature key."""
        return self._signature(Pin.SIGNATURE, code, document)

    def must_be_activatable(self) -> None:
        """Refuse: no module says whether the signature PIN is made, and asking would spend a try of it."""
        raise CardError("unsupported")

    def activate(self, transport: bytearray, new: bytearray) -> None:  # noqa: ARG002 (the port's)
        """Refuse likewise."""
        self.must_be_activatable()

    def change(self, pin: Pin, old: bytearray, new: bytearray) -> None:
        """Change a PIN."""
        with _failures(self._pykcs11, self, pin):
            self._of(pin).token.session.setPin(bytes(old), bytes(new))

    def must_be_unblockable(self, pin: Pin) -> None:
        """Refuse: PKCS#11 knows no PUK, and each module has a way of its own."""
        raise CardError("not-unblockable" if pin is Pin.SIGNATURE else "unsupported", pin=pin)

    def unblock(self, pin: Pin, puk: bytearray, new: bytearray) -> None:  # noqa: ARG002 (the port's)
        """Refuse likewise."""
        self.must_be_unblockable(pin)

    def _signature(self, pin: Pin, code: bytearray, document: Document) -> bytes:
        found = self._of(pin)
        session, pykcs11 = found.token.session, self._pykcs11
        with _failures(pykcs11, self, pin):
            session.login(bytes(code))
            try:
                signature = self._signed(session, found.identity, code, document)
            finally:
                with suppress(pykcs11.PyKCS11Error):  # a token that is gone has logged out
                    session.logout()
        signatures.check(found.identity.certificate.key, signature, document.hash_function, document.digest)
        return signature

    def _signed(self, session: Any, identity: Identity, code: bytearray, document: Document) -> bytes:
        pykcs11 = self._pykcs11
        keys = session.findObjects([(pykcs11.CKA_CLASS, pykcs11.CKO_PRIVATE_KEY), (pykcs11.CKA_ID, identity.id)])
        if len(keys) != 1:
            raise CardError("unsupported")
        kind = identity.certificate.kind
        if kind.family == "RSA":
            mechanism = pykcs11.CKM_RSA_PKCS
            data = signatures.digest_info(document.hash_function, document.digest)
        else:
            mechanism, data = pykcs11.CKM_ECDSA, signatures.leftmost(document.digest, kind.size)
        native = pykcs11.Mechanism(mechanism, None).to_native()
        self._must(session.lib.C_SignInit(session.session, native, keys[0]))
        if session.getAttributeValue(keys[0], [pykcs11.CKA_ALWAYS_AUTHENTICATE])[0]:
            session.login(bytes(code), pykcs11.CKU_CONTEXT_SPECIFIC)
        # Two calls: the first one asks how long the signature is and fills in the room for it.
        signature = pykcs11.ckbytelist()
        self._must(session.lib.C_Sign(session.session, pykcs11.ckbytelist(data), signature))
        self._must(session.lib.C_Sign(session.session, pykcs11.ckbytelist(data), signature))
        return bytes(signature)

    def _must(self, result: int) -> None:
        if result != self._pykcs11.CKR_OK:
            raise self._pykcs11.PyKCS11Error(result)

    def _of(self, pin: Pin) -> _Found:
        found = self._found.get(pin)
        if found is None:
            raise CardError("unsupported")
        return found


@contextmanager
def _failures(pykcs11: Any, card: Pkcs11Card | None = None, pin: Pin | None = None) -> Iterator[None]:
    """Translate what the module refuses; `pin`: the code that the call carries."""
    try:
        yield
    except pykcs11.PyKCS11Error as error:
        raise _failure(pykcs11, error.value, card, pin) from error


def _failure(pykcs11: Any, value: int, card: Pkcs11Card | None, pin: Pin | None) -> CardError:
    if value == pykcs11.CKR_PIN_INCORRECT and card and pin:
        tries = card.state(pin).tries_left
        return CardError("blocked" if tries == 0 else "wrong-pin", tries, pin)
    codes = {
        pykcs11.CKR_PIN_LOCKED: "blocked",
        pykcs11.CKR_USER_PIN_NOT_INITIALIZED: "not-activated",
        pykcs11.CKR_PIN_EXPIRED: "not-activated",
        pykcs11.CKR_PIN_LEN_RANGE: "invalid-argument",
        pykcs11.CKR_PIN_INVALID: "invalid-argument",
        pykcs11.CKR_DEVICE_REMOVED: "card-removed",
        pykcs11.CKR_TOKEN_NOT_PRESENT: "card-removed",
        pykcs11.CKR_FUNCTION_NOT_SUPPORTED: "unsupported",
        pykcs11.CKR_MECHANISM_INVALID: "unsupported",
        _NOT_LOADED: "unsupported",
    }
    code = codes.get(value, "card-fault")
    return CardError(code, 0 if code == "blocked" else None, pin)
