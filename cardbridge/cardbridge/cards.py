"""One port to a citizen's card, and the card that describes itself by PKCS#15 behind it.

The port has no way to have the authentication key sign a digest of somebody else's choosing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from cardbridge import signatures
from cardbridge.apdu import ApduError, Connection, StatusWord, channel
from cardbridge.contents import Contents, Files, Identity, Use
from cardbridge.errors import CardError
from cardbridge.iso7816 import CodeState, Session, code_state, joined
from cardbridge.pkcs15 import PinObject
from cardbridge.profiles import Activation, KeyCommand, Padding, Part, for_atr
from cardbridge.prompts import Document, Pin
from cardbridge.webeid import challenge_digest

_FILE_ID_LENGTH: Final = 2
_TEXT_CODES: Final = frozenset({1, 2})  # pinType ascii-numeric and utf8: digits are the same bytes
_LONGEST_STORED: Final = 64
_TAGS: Final = {Part.ALGORITHM: 0x80, Part.KEY_FILE: 0x81, Part.KEY_REFERENCE: 0x84}


class Card(Protocol):
    """A card that the agent can use. Codes are ASCII digits, wiped by the caller.

    All methods raise CardError; those that are given a code `wrong-pin`, `blocked` or `not-activated`.

    Attributes:
        profile: the name of its profile; "pkcs11" through a module.
        tried: whether the profile was tried with the card it is made for.
        label: what the card calls itself.
        identities: by the PIN that guards the key, AUTHENTICATION and SIGNATURE, those that there are.
    """

    profile: str
    tried: bool
    label: str
    identities: dict[Pin, Identity]

    def state(self, pin: Pin) -> CodeState:
        """Say what state a PIN is in, without spending a try."""

    def limits(self, pin: Pin) -> tuple[int, int]:
        """Say how many digits a code has, at least and at most."""

    def authenticate(self, code: bytearray, origin: str, nonce: str) -> bytes:
        """Sign H(H(origin) || H(nonce)) with the authentication key; ECDSA as r and s."""

    def sign(self, code: bytearray, document: Document) -> bytes:
        """Sign a digest with the signature key; ECDSA as r and s."""

    def must_be_activatable(self) -> None:
        """Raise `already-activated` where there is a signature PIN, `unsupported` where nobody can tell."""

    def activate(self, transport: bytearray, new: bytearray) -> None:
        """Make the signature PIN."""

    def change(self, pin: Pin, old: bytearray, new: bytearray) -> None:
        """Change a PIN."""

    def must_be_unblockable(self, pin: Pin) -> None:
        """Raise `not-unblockable` where the PUK has no power over a PIN."""

    def unblock(self, pin: Pin, puk: bytearray, new: bytearray) -> None:
        """Set a PIN anew with the PUK."""


class Pkcs15Card:
    """A card that describes itself by PKCS#15 directories, over a connection that somebody else closes."""

    def __init__(self, connection: Connection, atr: bytes) -> None:
        """Read the card's directories and certificates.

        Raises:
            CardError: `foreign-card`: no PKCS#15, or no key that authenticates or signs; `unsupported`: likewise,
                but a profile knows this kind of card, or its keys cannot be told apart; `card-fault`: the
                directories say what they must not.
        """
        self._profile = for_atr(atr)
        self._session = Session(channel(connection, extended=self._profile.extended_length))
        self._files = Files(self._session, self._profile)
        contents = Contents(self._files, self._profile)
        self._uses = contents.uses()
        self.profile = self._profile.name
        self.tried = self._profile.tried
        self.label = contents.label()
        self.identities = {pin: use.identity for pin, use in self._uses.items()}

    def state(self, pin: Pin) -> CodeState:
        """Ask the card by VERIFY without data. It tells nothing of a PUK."""
        if pin is Pin.PUK:
            return CodeState(None)
        use = self._use(pin)
        with _refusals(pin):
            self._files.enter(use.pin.path)
            return self._session.state(use.pin_reference)

    def limits(self, pin: Pin) -> tuple[int, int]:
        """Say what the profile says."""
        rule = self._profile.codes[pin]
        return rule.minimum, rule.maximum

    def authenticate(self, code: bytearray, origin: str, nonce: str) -> bytes:
        """Sign H(H(origin) || H(nonce)), H as strong as the key."""
        kind = self._use(Pin.AUTHENTICATION).identity.certificate.kind
        digest = challenge_digest(kind, origin, nonce)
        return self._signature(Pin.AUTHENTICATION, code, Document(kind.hash_function, digest))

    def sign(self, code: bytearray, document: Document) -> bytes:
        """Sign a digest with the signature key."""
        return self._signature(Pin.SIGNATURE, code, document)

    def must_be_activatable(self) -> None:
        """Ask the card."""
        if self.state(Pin.SIGNATURE).usable:
            raise CardError("already-activated", pin=Pin.SIGNATURE)

    def activate(self, transport: bytearray, new: bytearray) -> None:
        """Make the signature PIN in the profile's way."""
        use = self._use(Pin.SIGNATURE)
        by_change = self._profile.activation is Activation.CHANGE_REFERENCE_DATA
        command = self._session.change_reference_data if by_change else self._session.reset_retry_counter
        with _refusals(Pin.TRANSPORT), self._sent(use, transport, new) as codes:
            command(use.pin_reference, codes)

    def change(self, pin: Pin, old: bytearray, new: bytearray) -> None:
        """Change a PIN by CHANGE REFERENCE DATA."""
        use = self._use(pin)
        with _refusals(pin), self._sent(use, old, new) as codes:
            self._session.change_reference_data(use.pin_reference, codes)

    def must_be_unblockable(self, pin: Pin) -> None:
        """Look into the profile."""
        if pin not in self._profile.puk_unblocks:
            raise CardError("not-unblockable", pin=pin)

    def unblock(self, pin: Pin, puk: bytearray, new: bytearray) -> None:
        """Set a PIN anew by RESET RETRY COUNTER."""
        self.must_be_unblockable(pin)
        use = self._use(pin)
        with _refusals(Pin.PUK), self._sent(use, puk, new) as codes:
            self._session.reset_retry_counter(use.pin_reference, codes)

    def _signature(self, pin: Pin, code: bytearray, document: Document) -> bytes:
        use = self._use(pin)
        kind = use.identity.certificate.kind
        with _refusals(pin), self._sent(use, code) as sent:
            self._session.verify(use.pin_reference, sent)
        way = self._profile.keys[pin]
        with _refusals(None):
            self._session.set_security_environment(way.environment, self._environment(use, way.template))
            by_signature = way.command is KeyCommand.COMPUTE_SIGNATURE
            command = self._session.compute_signature if by_signature else self._session.internal_authenticate
            answer = command(self._to_be_signed(use, document))
        signature = answer if kind.family == "RSA" else signatures.raw_signature(answer, kind.size)
        signatures.check(use.identity.certificate.key, signature, document.hash_function, document.digest)
        return signature

    def _environment(self, use: Use, template: tuple[Part, ...]) -> bytes:
        values = {
            Part.ALGORITHM: bytes((self._profile.algorithms[use.key.kind],)),
            Part.KEY_FILE: use.key.path.path[-_FILE_ID_LENGTH:] if use.key.path else b"",
            Part.KEY_REFERENCE: b"" if use.key.reference is None else bytes((use.key.reference,)),
        }
        parts = [(_TAGS[part], values[part]) for part in template if values[part]]
        return b"".join(bytes((tag, len(value))) + value for tag, value in parts)

    def _to_be_signed(self, use: Use, document: Document) -> bytes:
        kind = use.identity.certificate.kind
        if kind.family == "EC":
            return signatures.leftmost(document.digest, kind.size)
        info = signatures.digest_info(document.hash_function, document.digest)
        return info if self._profile.padding is Padding.CARD else signatures.full_block(info, kind.size)

    def _use(self, pin: Pin) -> Use:
        """Return what a code belongs to; the transport PIN is the signature PIN before it is made."""
        use = self._uses.get(Pin.SIGNATURE if pin is Pin.TRANSPORT else pin)
        if use is None:
            raise CardError("unsupported")
        return use

    @contextmanager
    def _sent(self, use: Use, *codes: bytearray) -> Iterator[bytearray]:
        """Enter the PIN's directory and lend the codes as the card wants them; they are wiped afterwards."""
        self._files.enter(use.pin.path)
        padded = [_padded(code, use.pin) for code in codes]
        whole = joined(*padded)
        try:
            yield whole
        finally:
            for each in (*padded, whole):
                wipe(each)


def wipe(code: bytearray) -> None:
    """Overwrite a code."""
    code[:] = bytes(len(code))


def _padded(code: bytearray, pin: PinObject) -> bytearray:
    if pin.kind not in _TEXT_CODES or len(code) > pin.stored > 0 or pin.stored > _LONGEST_STORED:
        raise CardError("unsupported")
    if pin.padding is None:
        return joined(code)
    return joined(code, bytes((pin.padding,)) * (pin.stored - len(code)))


@contextmanager
def _refusals(pin: Pin | None) -> Iterator[None]:
    """Translate what the card refuses; `pin`: the code that the command carries."""
    try:
        yield
    except ApduError as error:
        raise _refusal(error.sw, pin) from error


def _refusal(sw: int, pin: Pin | None) -> CardError:
    state = code_state(sw) if pin else None
    if state is not None:
        if not state.usable:
            return CardError("not-activated", pin=pin)
        return CardError("wrong-pin" if state.tries_left != 0 else "blocked", state.tries_left, pin)
    if pin is Pin.PUK and sw == StatusWord.SECURITY_STATUS_NOT_SATISFIED:
        return CardError("not-unblockable", pin=pin)
    return CardError("invalid-argument" if pin and sw == StatusWord.WRONG_DATA else "card-fault")
