"""Profiles: what is known of a kind of card, as data that is checked when it is loaded."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from cardbridge.cards import Pkcs15Card
from cardbridge.profiles import AtrMask, ProfileError, load, load_all
from cardbridge.prompts import Document, Pin

from cardbridge import profiles
from tests.unit.cardbridge.core.conftest import private_keys
from tests.unit.cardbridge.core.fake_card import ATR, GEORGIAN_ATR, FakeCard
from tests.unit.cardbridge.core.test_operations import CHANGE, DIGEST, UNBLOCK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.cardbridge.core.conftest import MakeCard

FOLDER = files("cardbridge") / "profiles"
TEXTS = {name: (FOLDER / name).read_text(encoding="utf-8") for name in ("generic-pkcs15.json", "ge-2011.json")}


def changed(name: str, change: Callable[[dict[str, Any]], None]) -> dict[str, str]:
    content = json.loads(TEXTS[name])
    change(content)
    return TEXTS | {name: json.dumps(content)}


@pytest.fixture
def with_profile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[dict[str, Any]], None]], None]:
    """Let the generic profile say something else."""

    def use(change: Callable[[dict[str, Any]], None]) -> None:
        found = load(changed("generic-pkcs15.json", change))
        monkeypatch.setattr(profiles, "load_all", lambda: found)

    return use


def card_of(card: FakeCard) -> Pkcs15Card:
    return Pkcs15Card(card, card.atr)


def test_the_agents_own_profiles_are_good() -> None:
    assert load_all() == load(TEXTS)
    assert set(load_all()) == {"generic-pkcs15", "ge-2011"}


def test_codes_have_the_lengths_of_the_terms() -> None:
    """R2.4, R2.7: four, six, five digits."""
    for profile in load_all().values():
        lengths = {pin: (rule.minimum, rule.maximum) for pin, rule in profile.codes.items()}
        assert lengths[Pin.AUTHENTICATION] == (4, 4)
        assert lengths[Pin.SIGNATURE] == (6, 6)
        assert lengths[Pin.TRANSPORT] == (5, 5)
        assert profile.puk_unblocks == {Pin.AUTHENTICATION}


def test_what_is_unknown_of_the_georgian_card_stays_unknown() -> None:
    """R2.3: the file names nothing that nobody has seen."""
    content = json.loads(TEXTS["ge-2011.json"])

    assert content["tried"] is None
    assert not load_all()["ge-2011"].tried
    assert content["application"] == {"aid": None, "path": None}
    assert content["activation"] is content["padding"] is content["extended_length"] is None
    assert content["algorithms"] == {"rsa": None, "ec": None}
    assert content["pins"]["authentication"]["reference"] is content["pins"]["signature"]["reference"] is None
    assert content["pins"]["puk"]["digits"] is None
    assert {value for use in content["keys"].values() for value in use.values()} == {None}


def test_a_profile_is_chosen_by_the_answer_to_reset() -> None:
    assert profiles.for_atr(GEORGIAN_ATR).name == "ge-2011"
    assert profiles.for_atr(ATR).name == "generic-pkcs15"
    assert profiles.for_atr(b"").name == "generic-pkcs15"
    assert profiles.for_atr(GEORGIAN_ATR[:-1] + b"\x2f").name == "generic-pkcs15"
    assert profiles.for_atr(GEORGIAN_ATR + b"\0").name == "generic-pkcs15"


def test_a_mask_leaves_out_what_differs_from_card_to_card() -> None:
    mask = AtrMask(bytes.fromhex("3B0011"), bytes.fromhex("FF00FF"))

    assert mask.matches(bytes.fromhex("3BAA11"))
    assert not mask.matches(bytes.fromhex("3BAA12"))


def test_null_takes_the_other_profiles_value() -> None:
    found = load(changed("generic-pkcs15.json", lambda content: content["algorithms"].update(rsa="12")))

    assert found["ge-2011"].algorithms == {"RSA": 0x12, "EC": 0x04}


def test_a_value_that_is_found_out_replaces_null() -> None:
    def find_out(content: dict[str, Any]) -> None:
        content["pins"]["signature"]["reference"] = "83"
        content["activation"] = "reset-retry-counter"
        content["extended_length"] = True

    found = load(changed("ge-2011.json", find_out))["ge-2011"]

    assert found.codes[Pin.SIGNATURE].reference == 0x83
    assert found.activation is profiles.Activation.RESET_RETRY_COUNTER
    assert found.extended_length


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda content: content.pop("padding"), "generic-pkcs15: must have exactly"),
        (lambda content: content.update(colour="red"), "generic-pkcs15: must have exactly"),
        (lambda content: content.update(name="other"), "generic-pkcs15: name"),
        (lambda content: content.update(about=""), "generic-pkcs15: name"),
        (lambda content: content.update(tried=True), "generic-pkcs15.tried: must be a text"),
        (lambda content: content.update(extended_length=0), "extended_length: must be true or false"),
        (lambda content: content.update(padding="host "), "generic-pkcs15.padding: must be one of card, host"),
        (lambda content: content.update(padding=None), "generic-pkcs15.padding: must be one of card, host"),
        (lambda content: content.update(based_on="ge-2012"), "generic-pkcs15: based_on"),
        (lambda content: content.update(based_on="generic-pkcs15"), "generic-pkcs15: based_on"),
        (lambda content: content.update(application=None), "generic-pkcs15.application: must be an object"),
        (lambda content: content.update(atr={"value": "3B00", "mask": "FF"}), "atr.mask: must be 2 bytes"),
        (lambda content: content["application"].update(aid="A0 0Z"), "application.aid: must be some bytes in hex"),
        (lambda content: content["application"].update(aid=""), "application.aid: must be some bytes in hex"),
        (lambda content: content["application"].update(aid=7), "application.aid: must be a text"),
        (lambda content: content["algorithms"].update(rsa="0102"), "algorithms.rsa: must be 1 bytes"),
        (lambda content: content["pins"]["puk"].update(digits=[8, 4]), "puk.digits: must be two numbers"),
        (lambda content: content["pins"]["puk"].update(digits=[0, 4]), "puk.digits: must be two numbers"),
        (lambda content: content["pins"]["puk"].update(digits=[4, 13]), "puk.digits: must be two numbers"),
        (lambda content: content["pins"]["puk"].update(digits=[True, 4]), "puk.digits: must be two numbers"),
        (lambda content: content["pins"]["puk"].update(digits=4), "puk.digits: must be two numbers"),
        (lambda content: content["pins"]["puk"].update(unblocks="signature"), "puk.unblocks: must be a list"),
        (lambda content: content["pins"]["puk"].update(unblocks=["both"]), "puk.unblocks: must be one of"),
        (lambda content: content["pins"].pop("puk"), "pins: must have exactly"),
        (
            lambda content: content["keys"]["signature"].update(template=["key"]),
            "signature.template: must be one of",
        ),
        (lambda content: content["keys"]["signature"].update(environment="41"), "environment: must be 2 bytes"),
    ],
)
def test_a_profile_that_says_nonsense_is_refused_with_the_place(
    change: Callable[[dict[str, Any]], None], place: str
) -> None:
    with pytest.raises(ProfileError) as raised:
        load(changed("generic-pkcs15.json", change))
    assert place in str(raised.value)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda content: content["pins"].pop("puk"), "ge-2011.pins: must have exactly"),
        (lambda content: content.update(keys=[]), "ge-2011.keys: must have exactly"),
        (lambda content: content.update(activation="by letter"), "ge-2011.activation: must be one of"),
    ],
)
def test_a_profile_based_on_another_is_held_to_its_shape(
    change: Callable[[dict[str, Any]], None], place: str
) -> None:
    with pytest.raises(ProfileError) as raised:
        load(changed("ge-2011.json", change))
    assert place in str(raised.value)


@pytest.mark.parametrize("text", ["{", "[]", "null"])
def test_a_profile_is_an_object_in_json(text: str) -> None:
    with pytest.raises(ProfileError, match="bad"):
        load(TEXTS | {"bad.json": text})


# -- what a profile decides


def test_the_environment_is_as_the_profile_says(with_profile, make_card: MakeCard) -> None:  # noqa: ANN001
    card = make_card()
    card_of(card).sign(bytearray(b"654321"), Document("SHA-256", DIGEST))
    assert card.sent(0x22) == [bytes.fromhex("002241B60A80010481024B02840102")]

    with_profile(lambda content: content["keys"]["signature"].update(template=["key-reference", "key-file"]))
    card = make_card()
    card.answers = {0x2A: b"\x6f\x00"}
    with pytest.raises(Exception, match="card-fault"):
        card_of(card).sign(bytearray(b"654321"), Document("SHA-256", DIGEST))
    assert card.sent(0x22) == [bytes.fromhex("002241B60784010281024B02")]


def test_the_authentication_key_may_have_a_command_of_its_own(with_profile, make_card: MakeCard) -> None:  # noqa: ANN001
    with_profile(
        lambda content: content["keys"]["authentication"].update(
            environment="41A4", template=["key-reference"], command="internal-authenticate"
        )
    )
    card = make_card()
    card.answers = {0x22: b"\x90\x00", 0x88: b"\x6f\x00"}

    with pytest.raises(Exception, match="card-fault"):
        card_of(card).authenticate(bytearray(b"1234"), "https://a.ge", "n" * 44)

    assert card.sent(0x22) == [bytes.fromhex("002241A403840101")]
    assert card.sent(0x88)[0][:5] == bytes.fromhex("0088000020")


def test_a_card_that_does_not_pad_gets_the_whole_block_in_parts(with_profile, make_card: MakeCard) -> None:  # noqa: ANN001
    """R2.7: RSA of 2048 bits takes 256 bytes, one more than a short command has."""
    with_profile(lambda content: content.update(padding="host"))
    card = make_card("RSA-2048")
    numbers = private_keys("RSA-2048")[2].private_numbers()  # type: ignore[union-attr]

    def sign_block(apdu: bytes) -> None:
        if apdu[1] == 0x2A and apdu[0] & 0x10:
            card.answers = {0x2A: b"\x90\x00"}
        elif apdu[1] == 0x2A:
            first = card.sent(0x2A)[0]
            block = int.from_bytes(first[5:] + apdu[5:-1])
            signature = pow(block, numbers.d, numbers.public_numbers.n).to_bytes(256)  # type: ignore[union-attr]
            card.answers = {0x2A: signature + b"\x90\x00"}

    card.before = sign_block
    card_of(card).sign(bytearray(b"654321"), Document("SHA-256", DIGEST))

    first, second = card.sent(0x2A)
    assert (first[0], len(first), second[:5].hex()) == (0x10, 260, "002a9e9a01")
    assert first[5:7] == b"\x00\x01"


def test_long_commands_go_whole_where_the_profile_says_so(with_profile, make_card: MakeCard) -> None:  # noqa: ANN001
    with_profile(lambda content: content.update(padding="host", extended_length=True))
    card = make_card("RSA-2048")
    card.answers = {0x2A: b"\x6f\x00"}

    with pytest.raises(Exception, match="card-fault"):
        card_of(card).sign(bytearray(b"654321"), Document("SHA-256", DIGEST))

    (command,) = card.sent(0x2A)
    assert command[:7].hex() == "002a9e9a000100"


def test_the_pin_reference_may_be_the_profiles(with_profile, make_card: MakeCard) -> None:  # noqa: ANN001
    with_profile(lambda content: content["pins"]["authentication"].update(reference="81"))
    card = make_card()
    card.answers = {0x20: b"\x63\xc3"}

    opened = card_of(card)
    opened.state(Pin.AUTHENTICATION)

    assert opened.identities[Pin.AUTHENTICATION].pin_reference == 0x81
    assert card.sent(0x20) == [bytes.fromhex("00200081")]


def test_activation_is_by_the_command_that_the_profile_names(with_profile, make_card: MakeCard) -> None:  # noqa: ANN001
    card = make_card(activated=False)
    card_of(card).activate(bytearray(b"12345"), bytearray(b"654321"))
    assert card.sent(CHANGE) == [bytes.fromhex("00240002103132333435FFFFFF363534333231FFFF")]

    with_profile(lambda content: content.update(activation="reset-retry-counter"))
    card = make_card(activated=False)
    card.answers = {UNBLOCK: b"\x90\x00"}
    card_of(card).activate(bytearray(b"12345"), bytearray(b"654321"))
    assert card.sent(UNBLOCK) == [bytes.fromhex("002C0002103132333435FFFFFF363534333231FFFF")]
    assert card.sent(CHANGE) == []
