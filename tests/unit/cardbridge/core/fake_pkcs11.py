"""PyKCS11 as far as the agent calls it, over tokens that exist in a test only."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from tests.unit.cardbridge.core.fake_card import DIGEST_INFO, ec

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.cardbridge.core.fake_card import PrivateKey


@dataclass
class FakeToken:
    """A token with one certificate, its key and its PIN; OpenSC shows a token for each PIN of a card."""

    certificates: dict[bytes, bytes]
    key: PrivateKey
    key_id: bytes
    pin: bytes
    label: str = "MyEID (PIN)"
    serial: str = "99"
    tries: int = 3
    initialized: bool = True
    asks_each_time: bool = False
    reader: str = "reader0"
    logins: list[int] = field(default_factory=list)
    logged_in: bool = False


class FakePyKCS11:
    """The module `PyKCS11` itself, and the library that it loads from `/module`."""

    CKA_CLASS, CKA_VALUE, CKA_ID, CKA_ALWAYS_AUTHENTICATE = 0x00, 0x11, 0x102, 0x202
    CKO_CERTIFICATE, CKO_PRIVATE_KEY = 1, 3
    CKF_RW_SESSION = 0x02
    CKF_USER_PIN_INITIALIZED, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED = 0x08, 0x20000, 0x40000
    CKU_USER, CKU_CONTEXT_SPECIFIC = 1, 2
    CKM_RSA_PKCS, CKM_ECDSA = 0x01, 0x1041
    CKR_OK, CKR_GENERAL_ERROR = 0x00, 0x05
    CKR_DEVICE_REMOVED, CKR_FUNCTION_NOT_SUPPORTED, CKR_MECHANISM_INVALID = 0x32, 0x54, 0x70
    CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE = 0xA0, 0xA1, 0xA2
    CKR_PIN_EXPIRED, CKR_PIN_LOCKED = 0xA3, 0xA4
    CKR_TOKEN_NOT_PRESENT, CKR_USER_PIN_NOT_INITIALIZED = 0xE0, 0x102

    class PyKCS11Error(Exception):
        def __init__(self, value: int) -> None:
            super().__init__(value)
            self.value = value

    class Mechanism:
        def __init__(self, mechanism: int, _: None) -> None:
            self.mechanism = mechanism

        def to_native(self) -> int:
            return self.mechanism

    class ckbytelist(bytearray):  # noqa: N801
        pass

    def __init__(self, *tokens: FakeToken) -> None:
        self.tokens = list(tokens)
        self.unloaded = 0
        self.failing: dict[str, int] = {}
        self.looked_at: Callable[[], None] = lambda: None

    def PyKCS11Lib(self) -> FakePyKCS11:  # noqa: N802
        return self

    def load(self, path: str) -> FakePyKCS11:
        if path != "/module":
            raise self.PyKCS11Error(-1)
        return self

    def unload(self) -> None:
        self.unloaded += 1

    def may_fail(self, call: str) -> None:
        if call in self.failing:
            raise self.PyKCS11Error(self.failing[call])

    def getSlotList(self, tokenPresent: bool) -> list[int]:  # noqa: N802, N803, FBT001
        assert tokenPresent
        self.may_fail("getSlotList")
        self.looked_at()
        return list(range(len(self.tokens)))

    def getTokenInfo(self, slot: int) -> Any:  # noqa: N802
        token = self.tokens[slot]
        flags = self.CKF_USER_PIN_INITIALIZED if token.initialized else 0
        flags |= {0: self.CKF_USER_PIN_LOCKED, 1: self.CKF_USER_PIN_FINAL_TRY}.get(token.tries, 0)
        return SimpleNamespace(label=token.label.ljust(32), serialNumber=token.serial.ljust(16), flags=flags)

    def getSlotInfo(self, slot: int) -> Any:  # noqa: N802
        return SimpleNamespace(slotDescription=self.tokens[slot].reader.ljust(64))

    def openSession(self, slot: int, flags: int) -> FakeSession:  # noqa: N802
        assert flags == self.CKF_RW_SESSION
        return FakeSession(self, self.tokens[slot])


class FakeSession:
    """A session, its low-level library and its handle in one."""

    def __init__(self, module: FakePyKCS11, token: FakeToken) -> None:
        self.module, self.token = module, token
        self.lib, self.session = self, object()
        self.allowed = False

    def findObjects(self, template: list[tuple[int, Any]]) -> list[Any]:  # noqa: N802
        wanted = dict(template)
        if wanted[self.module.CKA_CLASS] == self.module.CKO_CERTIFICATE:
            return list(self.token.certificates)
        visible = self.token.logged_in and wanted[self.module.CKA_ID] == self.token.key_id
        return [self.token.key] if visible else []

    def getAttributeValue(self, handle: Any, names: list[int], allAsBinary: bool = False) -> list[Any]:  # noqa: FBT001, FBT002, N802, N803
        if names == [self.module.CKA_ALWAYS_AUTHENTICATE]:
            return [self.token.asks_each_time]
        assert allAsBinary
        return [list(self.token.certificates[handle]), list(handle)]

    def login(self, pin: bytes, user: int = 1) -> None:
        self.module.may_fail("login")
        self._must_match(pin)
        self.token.logins.append(user)
        self.token.logged_in = self.allowed = True

    def logout(self) -> None:
        self.module.may_fail("logout")
        self.token.logged_in = False

    def setPin(self, old: bytes, new: bytes) -> None:  # noqa: N802
        self.module.may_fail("setPin")
        self._must_match(old)
        self.token.pin = new

    def _must_match(self, pin: bytes) -> None:
        if not self.token.tries:
            raise self.module.PyKCS11Error(self.module.CKR_PIN_LOCKED)
        if pin != self.token.pin:
            self.token.tries -= 1
            raise self.module.PyKCS11Error(self.module.CKR_PIN_INCORRECT)
        self.token.tries = 3

    def C_SignInit(self, _: object, mechanism: int, key: PrivateKey) -> int:  # noqa: N802
        self.mechanism, self.key = mechanism, key
        self.allowed = not self.token.asks_each_time
        return self.module.failing.get("C_SignInit", 0)

    def C_Sign(self, _: object, data: bytearray, signature: bytearray) -> int:  # noqa: N802
        if not self.allowed:
            return self.module.CKR_GENERAL_ERROR
        wanted = self._signature(bytes(data))
        signature[:] = wanted if signature else bytes(len(wanted))
        return self.module.CKR_OK

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            assert self.mechanism == self.module.CKM_RSA_PKCS
            prefix = next(each for each in DIGEST_INFO if data.startswith(each))
            return self.key.sign(data[len(prefix) :], padding.PKCS1v15(), Prehashed(DIGEST_INFO[prefix]))
        assert self.mechanism == self.module.CKM_ECDSA
        size = self.key.key_size // 8
        function = hashes.SHA256() if size == 32 else hashes.SHA384()
        r, s = decode_dss_signature(self.key.sign(data.rjust(size, b"\0"), ec.ECDSA(Prehashed(function))))
        return r.to_bytes(size) + s.to_bytes(size)
