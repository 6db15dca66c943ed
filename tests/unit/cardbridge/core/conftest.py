"""Cards, readers and a person for the agent's core. No hardware, no service, no pyscard."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Protocol

import pytest
from cardbridge.errors import CardError
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from cardbridge import operations, pcsc
from local.pki import Holder, Pki
from tests.unit.cardbridge.core.fake_card import CERTIFICATE_FILES, OPENSC, FakeCard, FakePin, FakeScard

if TYPE_CHECKING:
    from collections.abc import Callable

    from cardbridge.prompts import PinQuestion

    from tests.unit.cardbridge.core.fake_card import PrivateKey

KINDS = ("RSA-2048", "P-256", "P-384")
NINO = Holder("ნინო", "ბერიძე", "01001012345")


@cache
def private_keys(kind: str) -> dict[int, PrivateKey]:
    """The authentication key (1) and the signature key (2), of one kind."""
    if kind == "RSA-2048":
        return {number: rsa.generate_private_key(65537, 2048) for number in (1, 2)}
    curve = ec.SECP256R1() if kind == "P-256" else ec.SECP384R1()
    return {number: ec.generate_private_key(curve) for number in (1, 2)}


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.create(tmp_path_factory.mktemp("pki"))


class MakeCard(Protocol):
    def __call__(self, kind: str = "P-256", *, activated: bool = True, atr: bytes | None = None) -> FakeCard: ...


@pytest.fixture(scope="session")
def ders(pki: Pki) -> Callable[[str], dict[int, bytes]]:
    """The certificates of the authentication key (1) and of the signature key (2), of one kind."""

    @cache
    def issue(kind: str) -> dict[int, bytes]:
        keys = private_keys(kind)
        return {
            1: pki.authentication.issue(keys[1].public_key(), NINO).public_bytes(Encoding.DER),
            2: pki.signing.issue(keys[2].public_key(), NINO).public_bytes(Encoding.DER),
        }

    return issue


@pytest.fixture
def make_card(ders: Callable[[str], dict[int, bytes]]) -> MakeCard:
    """A card with directories of OpenSC's. Its PINs: 1234 and 654321; not activated, the transport PIN 12345."""

    def make(kind: str = "P-256", *, activated: bool = True, atr: bytes | None = None) -> FakeCard:
        files = dict(OPENSC["rsa" if kind == "RSA-2048" else "ec"])
        files |= {CERTIFICATE_FILES[number]: der for number, der in ders(kind).items()}
        card = FakeCard(private_keys(kind), files)
        card.pins[2] = FakePin(b"654321" if activated else b"12345", activated=activated, puk=None)
        if atr is not None:
            card.atr = atr
        return card

    return make


@pytest.fixture
def insert(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeScard]:
    """`insert(card)` puts cards into readers; keywords name the readers, None leaves one empty."""

    def put(*cards: FakeCard | None, **readers: FakeCard | None) -> FakeScard:
        scard = FakeScard(**{f"reader{number}": card for number, card in enumerate(cards)}, **readers)
        monkeypatch.setattr(pcsc, "_pyscard", lambda: scard)
        return scard

    return put


@pytest.fixture(autouse=True)
def no_module() -> None:
    operations.configure()


def code_of(operation: Callable[[], object]) -> str | None:
    """The code that an operation fails with; None where it does not."""
    try:
        operation()
    except CardError as error:
        return error.code
    return None


@dataclass
class Person:
    """Answers questions in their order; None cancels. Keeps the very buffers that were handed over."""

    answers: list[str | None]
    questions: list[PinQuestion] = field(default_factory=list)
    given: list[bytearray] = field(default_factory=list)

    def ask(self, question: PinQuestion) -> bytearray | None:
        self.questions.append(question)
        answer = self.answers.pop(0)
        if answer is None:
            return None
        self.given.append(bytearray(answer.encode()))
        return self.given[-1]


@pytest.fixture
def person() -> Callable[..., Person]:
    """`person("9999", "1234", None)`."""
    return lambda *answers: Person(list(answers))
