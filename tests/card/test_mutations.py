"""Whether these tests would notice: the agent is broken in one place each time, and a judge has to go red."""

from __future__ import annotations

import http.client
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature
from rig import AUTHENTICATION, AUTHENTICATION_PIN, SIGNATURE_PIN, TRANSPORT_PIN

from local.bootstrap import AGENT
from tests.card.agent import PORT
from tests.card.test_leaks import leaks
from tests.card.test_operations import NONCE, ORIGIN, authenticate, must_be_a_good_token
from tests.card.test_pin_life import tries
from tests.card.test_rig import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.card.agent import Agent
    from tests.card.conftest import NewCard, Rig


@dataclass(frozen=True)
class World:
    """What a judge looks at."""

    rig: Rig
    agent: Agent
    new_card: NewCard


def token(key: str) -> Callable[[World], None]:
    """Whether an outsider would accept the token of a card with such keys."""

    def judge(world: World) -> None:
        card = world.new_card(key=key)
        world.rig.insert(card)
        must_be_a_good_token(authenticate(world.agent, AUTHENTICATION_PIN), card)

    return judge


def forgets_pin(world: World) -> None:
    """Whether the next program finds no PIN given."""
    token("ec:secp256r1")(world)
    assert tries(world.rig, AUTHENTICATION) == 3


def holds_card_alone(world: World) -> None:
    """Whether another program is kept away while a PIN is asked for."""
    world.rig.insert(world.new_card())
    assert world.agent.begin("authenticate", nonce=NONCE, origin=ORIGIN).question() is not None
    assert world.rig.run("opensc-tool", "--reader", "0", "--send-apdu", "00200001").returncode != 0


def logs_no_pin(world: World) -> None:
    """Whether the log of everything has no PIN in it."""
    world.rig.insert(world.new_card())
    assert world.agent.operate("activate", TRANSPORT_PIN, SIGNATURE_PIN).error is None
    assert leaks({"log": world.agent.debug_log.read_bytes()}) == []


def confirms_last_try(world: World) -> None:
    """Whether nobody stumbles into the last try."""
    world.rig.insert(world.new_card())
    for _ in range(2):
        verify(world.rig, "9999")
    assert "This is the last try." in world.agent.terminal("change-pin").expect(" cancel")


def refuses_other_hosts(world: World) -> None:
    """Whether a name that an attacker points at this machine (DNS rebinding) is turned away."""
    world.agent.serve()
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    headers = {"Host": f"attacker.example:{PORT}", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    connection.request("GET", "/v1/bridge", headers=headers)
    status = connection.getresponse().status
    connection.close()
    assert status == http.HTTPStatus.MISDIRECTED_REQUEST


# The agent holds a card's signature to its certificate. That is taken away, so that the judge outside decides.
UNCHECKED = (
    "cards.py",
    "signatures.check(use.identity.certificate.key, signature, document.hash_function, document.digest)",
    "pass",
)
MUTATIONS = {
    "RSA without the name of the hash function": (
        token("rsa:2048"),
        UNCHECKED,
        ("signatures.py", "return _DIGEST_INFO[hash_function] + digest", "return digest"),
    ),
    "RSA padded twice": (
        token("rsa:2048"),
        UNCHECKED,
        ("cards.py", "return info if self._profile.padding is Padding.CARD else", "return"),
    ),
    "s before r": (
        token("ec:secp384r1"),
        UNCHECKED,
        ("signatures.py", "r.to_bytes(size) + s.to_bytes(size)", "s.to_bytes(size) + r.to_bytes(size)"),
    ),
    "the origin not hashed": (
        token("ec:secp256r1"),
        ("webeid.py", "_digest(kind.hash_function, origin.encode())", "origin.encode()"),
    ),
    "the nonce not signed": (
        token("ec:secp256r1"),
        ("webeid.py", " + _digest(kind.hash_function, nonce.encode())", ""),
    ),
    "the other key": (
        token("ec:secp256r1"),
        UNCHECKED,
        (
            "cards.py",
            "use.key.path.path[-_FILE_ID_LENGTH:] if use.key.path",
            "bytes.fromhex('4B02') if use.key.path",
        ),
    ),
    "the card not reset": (forgets_pin, ("pcsc.py", "scard.SCARD_RESET_CARD", "scard.SCARD_LEAVE_CARD")),
    "the card shared": (holds_card_alone, ("pcsc.py", "scard.SCARD_SHARE_EXCLUSIVE", "scard.SCARD_SHARE_SHARED")),
    "PINs in the log": (logs_no_pin, ("apdu.py", "if command.ins in _SECRET", "if not command.data")),
    "no second question": (
        confirms_last_try,
        ("terminal.py", "question.tries_left == 1", "question.tries_left == 0"),
    ),
    "any host": (refuses_other_hosts, ("loopback.py", 'self._only("Host") not in self.server.hosts', "False")),
}


@pytest.fixture
def world(rig: Rig, agent: Agent, new_card: NewCard) -> World:
    """A rig, the agent at it, and cards."""
    return World(rig, agent, new_card)


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_broken_agent_is_noticed(world: World, tmp_path: Path, name: str) -> None:
    """Facts 7.8: no test that cannot fail."""
    judge, *changes = MUTATIONS[name]
    package = shutil.copytree(AGENT / "cardbridge", tmp_path / "mutant/cardbridge")
    for file, good, bad in changes:
        source = (package / file).read_text(encoding="utf-8")
        assert source.count(good) == 1, f"{file} has changed: say here how to break it now"
        (package / file).write_text(source.replace(good, bad), encoding="utf-8")
    world.agent.environment["PYTHONPATH"] = str(tmp_path / "mutant")

    with pytest.raises((AssertionError, InvalidSignature)):
        judge(world)


@pytest.mark.parametrize(
    "judge", dict.fromkeys(judge for judge, *_ in MUTATIONS.values() if judge.__name__ != "judge")
)
def test_a_whole_agent_passes_every_judge(world: World, judge: Callable[[World], None]) -> None:
    """The tokens' judges are passed in test_operations."""
    judge(world)
