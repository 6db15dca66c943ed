"""A sign-in with the card: what checking a token takes, how soon the agent is there, how long a person waits."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bench.table import Section, quantile
from local import bootstrap, journey
from local.client import ApiClient
from local.cloud import ROOT
from local.pki import Holder, Pki, Responder
from local.softcard import SoftCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.softcard import Key
    from local.stack import Stack

# The rig and the agent's person are the tests' own.
sys.path.append(str(ROOT / "tests/card"))

VERIFICATIONS = 200
SIGN_INS = 20
STARTS = 10
ORIGIN, NONCE = "https://karibche.example", "n" * 44
HOLDER = Holder("ნინო", "ბერიძე", "01024012345")


def measure(stack: Stack) -> Section:
    """Check tokens in this process, start the agent, sign in at the deployed portal with a card on the rig."""
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki.create(Path(folder) / "pki")
        with Responder(pki) as responder:
            stack.trust(pki.trust(responder.url))
            found = _verifications(pki, responder) | _starts() | _sign_ins(stack, pki, Path(folder))
    rows = [_row(name, seconds) for name, seconds in found.items()]
    return Section(
        "Sign-in with the card, in ms",
        ("", "p50", "p90"),
        rows,
        f"{VERIFICATIONS} tokens, {STARTS} starts, {SIGN_INS} sign-ins. A token's check: format, purpose, path, "
        "dates and signature; OCSP: one question to a responder on this machine. The sign-ins are those of a "
        "person who is registered, with the PIN typed at once by a program; the card is played by a program too, "
        "so a real one takes longer to sign.",
    )


def _row(name: str, seconds: list[float]) -> tuple[str, str, str]:
    return (name, f"{statistics.median(seconds) * 1000:.1f}", f"{quantile(seconds, 0.9) * 1000:.1f}")


def _timed(action: Callable[[], Any], rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        begun = time.perf_counter()
        action()
        found.append(time.perf_counter() - begun)
    return found


def _verifications(pki: Pki, responder: Responder) -> dict[str, list[float]]:
    """How long the portal's rules take, with the network only where it is named."""
    from chalicelib.auth import certificates, responders, revocation, web_eid
    from chalicelib.auth.issuer import read_issuer
    from chalicelib.core import clock

    issuers = [read_issuer(entry) for entry in pki.trust(responder.url)["authentication"]]

    def check(token: dict[str, str]) -> None:
        read = web_eid.read_token(token)
        certificates.check_purpose(read.certificate)
        certificates.holder_of(read.certificate)
        certificates.check_dates(read.certificate, clock.now())
        certificates.issuer_of(read.certificate, issuers, clock.now())
        web_eid.check_signature(read, ORIGIN, NONCE)

    found = {}
    keys: dict[str, Key] = {
        "RSA-2048": rsa.generate_private_key(65537, 2048),
        "P-256": ec.generate_private_key(ec.SECP256R1()),
        "P-384": ec.generate_private_key(ec.SECP384R1()),
    }
    for name, key in keys.items():
        card = SoftCard.issued(pki.authentication, HOLDER, key=key)
        token = card.token(NONCE, ORIGIN)
        found[f"check of a token, {name}"] = _timed(partial(check, token), VERIFICATIONS)
    found["OCSP"] = _timed(
        lambda: revocation.status_of(card.certificate, issuers[0], clock.now(), responders.fetch), VERIFICATIONS
    )
    return found


def _starts() -> dict[str, list[float]]:
    """How long the installed agent takes to be there."""
    bootstrap.install_agent()
    program = bootstrap.CARD_VENV / "bin"

    def run(*command: str) -> Callable[[], Any]:
        return lambda: subprocess.run([str(program / command[0]), *command[1:]], capture_output=True, check=True)

    return {
        "Python alone, in the agent's environment": _timed(run("python", "-c", "pass"), STARTS),
        "start of the agent": _timed(run("cardbridge", "--version"), STARTS),
        "start of the agent, and its card layers": _timed(
            run("python", "-c", "import cardbridge.cli, cardbridge.operations, cardbridge.pcsc"), STARTS
        ),
    }


def _sign_ins(stack: Stack, pki: Pki, folder: Path) -> dict[str, list[float]]:
    """A person's sign-ins by the agent's own page, in three parts."""
    from rig import AUTHENTICATION_PIN, CardFile, Rig, personalise

    from tests.card.agent import Agent

    found: dict[str, list[float]] = {"challenge": [], "card and agent": [], "portal": [], "sign-in, all of it": []}
    with Rig(folder / "rig") as rig, Agent(bootstrap.CARD_VENV / "bin/cardbridge", rig, folder / "agent") as agent:
        card = CardFile.create(folder / "card.json")
        personalise(rig, card, HOLDER, pki, key="ec:secp256r1")
        rig.insert(card)
        terminal = agent.serve(stack.origin)
        api = ApiClient(stack.site_port)
        for number in range(SIGN_INS + 1):
            begun = time.perf_counter()
            nonce = journey.expect(api.post("/v1/session/card/challenge"), 201)["nonce"]
            asked = time.perf_counter()
            answer = agent.ask_as_page(stack.origin, "authenticate", {"challengeNonce": nonce, "lang": "en"})
            terminal.enter(AUTHENTICATION_PIN)
            token = answer.result()["result"]
            signed = time.perf_counter()
            journey.expect(api.post("/v1/session/card", {"token": token}), 200)
            ended = time.perf_counter()
            if number == 0:  # who signs in for the first time is asked for more
                _register(api)
                continue
            for name, seconds in zip(
                found, (asked - begun, signed - asked, ended - signed, ended - begun), strict=True
            ):
                found[name].append(seconds)
    return found


def _register(api: ApiClient) -> None:
    contact = {"email": "nino@example.ge", "mobile": "555123456"}
    journey.expect(api.put("/v1/session/contact", contact), 200)
    journey.accept_terms(api)
