"""The test card as OpenSC sees it: what the agent is tested against was not written by those who wrote the agent.

Here no line of the agent runs. OpenSC fills the card, reads it back and drives it; `openssl` checks signatures.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rig import (
    AUTHENTICATION,
    AUTHENTICATION_PIN,
    GEORGIAN_ATR,
    KEYS,
    PUK,
    SIGNATURE,
    SIGNATURE_PIN,
    T0_ATR,
    TRANSPORT_PIN,
    Rig,
    RigTrouble,
    Slots,
)
from rig import rig as rig_module

if TYPE_CHECKING:
    from pathlib import Path

    from rig import CardFile

    from local.pki import Pki
    from tests.card.conftest import NewCard

WRONG_PIN = "9999"
SELECT_APPLICATION = "00a4040c0ca000000063504b43532d3135"


def verify(rig: Rig, pin: str, auth_id: int = AUTHENTICATION) -> str:
    """What OpenSC says to a PIN: "" if it is right."""
    done = rig.run("pkcs15-tool", "--verify-pin", "--auth-id", f"{auth_id:02}", "--pin", pin)
    return "" if done.returncode == 0 else done.stderr


def change(rig: Rig, old: str, new: str) -> str:
    """What OpenSC says to a new signature PIN: "" if it is taken."""
    done = rig.run("pkcs15-tool", "--change-pin", "--auth-id", "02", "--pin", old, "--new-pin", new)
    return "" if done.returncode == 0 else done.stderr


def unblock(rig: Rig, auth_id: int, puk: str, new: str) -> str:
    """What OpenSC says to a PUK: "" if it is right."""
    command = ("pkcs15-tool", "--unblock-pin", "--auth-id", f"{auth_id:02}", "--puk", puk, "--new-pin", new)
    done = rig.run(*command)
    return "" if done.returncode == 0 else done.stderr


def verified_by_openssl(rig: Rig, card: CardFile, key: int, pin: str, work: Path) -> bool:
    """Let OpenSC's PKCS#11 module sign a document, and openssl judge."""
    document, signature, public = work / "document", work / "signature", work / "public.pem"
    document.write_bytes("განცხადება".encode())
    public_key = card.certificate(key).public_key()
    public.write_bytes(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    mechanism = "ECDSA-SHA256" if isinstance(public_key, ec.EllipticCurvePublicKey) else "SHA256-RSA-PKCS"
    token = {AUTHENTICATION: "MyEID (PIN1 authentication)", SIGNATURE: "MyEID (PIN2 signature)"}[key]
    rig.tool(
        *("pkcs11-tool", "--token-label", token, "--login", "--pin", pin, "--id", f"{key:02}", "--sign"),
        *("--mechanism", mechanism, "--signature-format", "openssl"),
        *("--input-file", str(document), "--output-file", str(signature)),
    )
    judged = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(signature), str(document)],
        capture_output=True,
        text=True,
        check=False,
    )
    return judged.stdout == "Verified OK\n"


@pytest.mark.parametrize("key", KEYS)
def test_opensc_reads_back_what_the_authorities_issued(rig: Rig, new_card: NewCard, pki: Pki, key: str) -> None:
    """R2.3: the card is a PKCS#15 card to a program that knows nothing of ours."""
    card = new_card(key=key)
    rig.insert(card)

    dump = rig.tool("pkcs15-tool", "--dump")
    read = {
        number: rig.tool("pkcs15-tool", "--read-certificate", number).encode()
        for number in ("01", "02", "11", "12")
    }

    assert "PIN [PIN1 authentication]" in dump
    assert "PIN [PIN2 signature]" in dump
    assert {number: x509.load_pem_x509_certificate(found) for number, found in read.items()} == {
        "01": card.certificate(AUTHENTICATION),
        "02": card.certificate(SIGNATURE),
        "11": pki.authentication.certificate,
        "12": pki.signing.certificate,
    }


@pytest.mark.parametrize("key", KEYS)
def test_openssl_verifies_what_both_keys_sign(rig: Rig, new_card: NewCard, tmp_path: Path, key: str) -> None:
    """R2.3: both keys work, each with its own PIN."""
    card = new_card(key=key, activated=True)
    rig.insert(card)

    assert verified_by_openssl(rig, card, AUTHENTICATION, AUTHENTICATION_PIN, tmp_path)
    assert verified_by_openssl(rig, card, SIGNATURE, SIGNATURE_PIN, tmp_path)
    assert card.signatures() == 2


def test_no_key_signs_without_its_pin(rig: Rig, new_card: NewCard, tmp_path: Path) -> None:
    card = new_card(activated=True)
    rig.insert(card)

    with pytest.raises(RigTrouble, match="CKR_PIN_INCORRECT"):
        verified_by_openssl(rig, card, AUTHENTICATION, WRONG_PIN, tmp_path)
    with pytest.raises(RigTrouble, match="CKR_PIN_INCORRECT"):
        verified_by_openssl(rig, card, SIGNATURE, "123456", tmp_path)
    assert card.signatures() == 0


def exchange(rig: Rig, *commands: str) -> list[str]:
    """What the card answers to bare commands, of which OpenSC understands nothing: the status words."""
    sent = [part for command in (SELECT_APPLICATION, *commands) for part in ("--send-apdu", command)]
    said = rig.tool("opensc-tool", "--card-driver", "default", *sent)
    return ["".join(pair) for pair in re.findall(r"SW1=0x(..), SW2=0x(..)", said)][1:]


def test_no_key_works_without_its_pin_and_the_signature_key_wants_it_each_time(
    rig: Rig, new_card: NewCard
) -> None:
    """The key for signatures has userConsent; the other keeps its PIN until the card is reset."""
    rig.insert(new_card(activated=True))
    for key, pin, afterwards in ((1, AUTHENTICATION_PIN, "9000"), (2, SIGNATURE_PIN, "6982")):
        verify_pin = f"002000{key:02x}08{pin.encode().hex().ljust(16, 'f')}"
        use_key = (f"002241b60780010481024b{key:02x}", f"002a9e9a20{'11' * 32}00")

        assert exchange(rig, *use_key) == ["9000", "6982"]
        assert exchange(rig, verify_pin, *use_key, use_key[1]) == ["9000", "9000", "9000", afterwards]


def test_a_wrong_pin_spends_a_try_and_the_third_blocks(rig: Rig, new_card: NewCard) -> None:
    card = new_card()
    rig.insert(card)

    for left in (2, 1, 0):
        assert "PIN code or key incorrect" in verify(rig, WRONG_PIN)
        assert card.tries(AUTHENTICATION) == left
    assert "Authentication method blocked" in verify(rig, AUTHENTICATION_PIN)
    assert "user PIN locked" in rig.tool("pkcs11-tool", "--list-slots")


def test_a_right_pin_gives_all_tries_back(rig: Rig, new_card: NewCard) -> None:
    card = new_card()
    rig.insert(card)
    verify(rig, WRONG_PIN)

    assert verify(rig, AUTHENTICATION_PIN) == ""
    assert card.tries(AUTHENTICATION) == 3


def test_the_puk_unblocks_the_first_pin(rig: Rig, new_card: NewCard) -> None:
    rig.insert(new_card())
    for _ in range(3):
        verify(rig, WRONG_PIN)

    assert unblock(rig, AUTHENTICATION, "11111111", "4321") != ""
    assert unblock(rig, AUTHENTICATION, PUK, "4321") == ""
    assert verify(rig, "4321") == ""


@pytest.mark.parametrize("activated", [False, True])
def test_no_puk_helps_the_signature_pin(rig: Rig, new_card: NewCard, *, activated: bool) -> None:
    """The Georgian rule: whoever has forgotten it needs a new one from an office."""
    rig.insert(new_card(activated=activated))

    assert "Security status not satisfied" in unblock(rig, SIGNATURE, "87654322", SIGNATURE_PIN)
    assert "Security status not satisfied" in unblock(rig, SIGNATURE, PUK, SIGNATURE_PIN)


def test_the_signature_pin_of_a_new_card_cannot_be_used(rig: Rig, new_card: NewCard, tmp_path: Path) -> None:
    card = new_card()
    rig.insert(card)

    assert "Reference data not usable" in verify(rig, TRANSPORT_PIN, SIGNATURE)
    with pytest.raises(RigTrouble):
        verified_by_openssl(rig, card, SIGNATURE, TRANSPORT_PIN, tmp_path)
    assert (card.tries(SIGNATURE), card.signatures(), card.activated()) == (3, 0, False)


def test_a_new_signature_pin_that_has_not_six_digits_is_refused_and_spends_no_try(
    rig: Rig, new_card: NewCard
) -> None:
    card = new_card()
    rig.insert(card)

    for new in ("1234", "12346", "1234567"):
        assert "Incorrect parameters" in change(rig, TRANSPORT_PIN, new)
    assert (card.tries(SIGNATURE), card.activated()) == (3, False)


def test_the_envelope_s_pin_chooses_the_signature_pin_once(rig: Rig, new_card: NewCard, tmp_path: Path) -> None:
    card = new_card()
    rig.insert(card)

    assert "tries left: 2" in change(rig, "54321", SIGNATURE_PIN)
    assert change(rig, TRANSPORT_PIN, SIGNATURE_PIN) == ""
    assert verified_by_openssl(rig, card, SIGNATURE, SIGNATURE_PIN, tmp_path)
    assert "tries left: 2" in change(rig, TRANSPORT_PIN, "222222")


def test_a_card_keeps_its_state_while_it_is_out(rig: Rig, new_card: NewCard) -> None:
    rig.insert(new_card())
    card = new_card(activated=True)
    rig.remove()
    rig.insert(card)
    verify(rig, WRONG_PIN)
    rig.remove()
    rig.insert(card, slot=1)

    assert (card.tries(AUTHENTICATION), card.activated()) == (2, True)


def test_a_card_with_the_georgian_answer_to_reset_serves_too(rig: Rig, new_card: NewCard, tmp_path: Path) -> None:
    """R2.3: nothing of the real card is played but what it answers to a reset."""
    card = new_card(atr=GEORGIAN_ATR, activated=True)
    rig.insert(card)

    assert rig.tool("opensc-tool", "--atr").replace(":", "").strip().upper() == GEORGIAN_ATR.hex().upper()
    assert verified_by_openssl(rig, card, SIGNATURE, SIGNATURE_PIN, tmp_path)


def test_a_card_that_hands_its_answers_out_in_parts_serves_too(
    rig: Rig, new_card: NewCard, tmp_path: Path
) -> None:
    """61xx and 6Cxx, as cards of protocol T=0 answer."""
    card = new_card(key="rsa:2048", atr=T0_ATR)
    rig.insert(card)

    assert verified_by_openssl(rig, card, AUTHENTICATION, AUTHENTICATION_PIN, tmp_path)


def test_a_foreign_card_is_a_card_that_opensc_cannot_use(rig: Rig) -> None:
    rig.insert(None)

    assert rig.readers() == {"Virtual PCD 00 00": True, "Virtual PCD 00 01": False}
    assert "Unsupported card" in rig.run("pkcs15-tool", "--dump").stderr + rig.run("opensc-tool", "--name").stdout


def test_two_rigs_know_nothing_of_each_other(rig: Rig, new_card: NewCard, tmp_path: Path) -> None:
    """Several people test on one machine; and a pcscd of its own is left alone in the same way."""
    rig.insert(new_card())

    with Rig(tmp_path / "other") as other:
        assert list(other.readers().values()) == [False, False]
    assert list(rig.readers().values()) == [True, False]


def test_a_rig_may_have_no_reader(tmp_path: Path) -> None:
    with Rig(tmp_path / "other", with_readers=False) as other:
        assert other.readers() == {}


def test_a_slot_takes_one_card(rig: Rig, new_card: NewCard) -> None:
    rig.insert(None)

    with pytest.raises(RigTrouble, match="There is a card in slot 0"):
        rig.insert(new_card())


def test_where_no_rig_runs_the_words_say_so(tmp_path: Path) -> None:
    with pytest.raises(RigTrouble, match="No rig runs"):
        Slots(tmp_path).readers()


def test_a_rig_lacks_programs_with_the_line_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rig.rig.PROGRAMS", ("no-such-program",))

    with pytest.raises(RigTrouble, match=r"no-such-program.*apt-get install --yes pcscd vsmartcard-vpcd"):
        Rig(tmp_path).start()


@pytest.mark.parametrize(
    ("setting", "current", "way_out"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("kernel/unprivileged_userns_clone", "1", ""),
    ],
)
def test_where_only_root_may_isolate_the_line_to_type_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, current: str, way_out: str
) -> None:
    """R1.1: without root the commands are printed."""
    kept = tmp_path / setting
    kept.parent.mkdir()
    kept.write_text(f"{current}\n")
    monkeypatch.setattr("rig.rig.SETTINGS", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    told = rig_module.way_out()

    assert told.partition("--write ")[2] == way_out


def test_a_rig_that_may_not_isolate_itself_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rig.rig.NAMESPACES", ("--no-such-namespace",))

    with pytest.raises(RigTrouble, match="The card rig does not start: unshare: "):
        Rig(tmp_path).start()
