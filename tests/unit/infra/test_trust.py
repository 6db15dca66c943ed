"""Publishing whose cards let a citizen in (R2.3): a list with a fault is refused whole, with every fault told."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from infra import trust
from infra.trust import TrustInvalid, changes, checked
from local.pki import Holder, Pki

NOW = datetime.now(UTC)
URL = "http://ocsp.example"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.create(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.create(tmp_path_factory.mktemp("other"))


def pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


def faults(document: Any, moment: datetime = NOW) -> list[str]:
    with pytest.raises(TrustInvalid) as raised:
        checked(document, moment)
    return str(raised.value).splitlines()


def test_a_good_list_is_accepted(pki: Pki) -> None:
    assert checked(pki.trust(URL), NOW) == pki.trust(URL)["authentication"]
    designated = pki.trust(URL)
    designated["authentication"][0]["ocsp"]["responder"] = pem(pki.authentication.responder[0])
    for name in ("ocsp", "crl"):
        alone = copy.deepcopy(designated)
        alone["authentication"][0][name] = None
        assert checked(alone, NOW)


Change = Callable[[dict[str, Any], Pki, Pki], None]


def holding(**facts: Any) -> Change:
    return lambda entry, pki, other: entry.update(facts)


def address(name: str, url: str) -> Change:
    return lambda entry, pki, other: entry[name].update(url=url)


def leaf(pki: Pki) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return pem(pki.authentication.issue(key.public_key(), Holder("ნინო", "ბერიძე", "01001012345")))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (holding(ocsp=None, crl=None), "one of ocsp and crl is needed"),
        (
            holding(certificate="-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"),
            "certificate: not a cer",
        ),
        (holding(root="nothing"), "root: not a certificate in PEM"),
        (lambda entry, pki, other: entry.update(root=other.root.pem()), "certificate: not issued by the root"),
        (lambda entry, pki, other: entry.update(certificate=pki.root.pem()), "this is the root"),
        (lambda entry, pki, other: entry.update(certificate=leaf(pki)), "certificate: not issued by the root"),
        (
            lambda entry, pki, other: entry.update(root=pki.authentication.pem(), certificate=leaf(pki)),
            "certificate: not an authority's certificate",
        ),
        (
            lambda entry, pki, other: entry["ocsp"].update(responder=leaf(pki)),
            "responder: its certificate has not",
        ),
        (lambda entry, pki, other: entry["ocsp"].update(responder="x"), "responder: not a certificate in PEM"),
        *((address("ocsp", url), "ocsp: not an http or https address") for url in ("ocsp.example", "ldap://x/y")),
        *(
            (address("crl", url), "crl: not an http")
            for url in ("http://", "http://a@b/", "http://x y/", "http://[")
        ),
    ],
)
def test_a_list_with_a_fault_is_refused(pki: Pki, other: Pki, change: Change, fault: str) -> None:
    """R2.3"""
    document = pki.trust(URL)
    change(document["authentication"][0], pki, other)
    found = faults(document)
    assert any(fault in each for each in found), found
    assert all(each.startswith("GEO Authentication CA (test): ") for each in found)


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"authentication": {}}, {"authentication": [{}]}, {"authentication": [], "signature": []}],
)
def test_what_is_no_list_is_refused(document: Any) -> None:
    assert all(each.startswith("/") for each in faults(document))


def test_an_empty_list_is_refused() -> None:
    """R2.3: it would lock everybody out."""
    assert "empty" in faults({"authentication": []})[0]


def test_an_authority_stands_in_the_list_once(pki: Pki) -> None:
    document = pki.trust(URL)
    document["authentication"] *= 2
    assert faults(document) == ["a certificate stands in the list twice"]


@pytest.mark.parametrize(("days", "word"), [(-400, "begins"), (4000, "ended")])
def test_an_authority_whose_time_is_not_now_is_refused(pki: Pki, days: int, word: str) -> None:
    found = faults(pki.trust(URL), NOW + timedelta(days=days))
    assert len(found) == 2
    assert all(word in each for each in found)


def test_what_changes_is_told(pki: Pki, other: Pki) -> None:
    mine, theirs = pki.trust(URL)["authentication"], other.trust(URL)["authentication"]
    moved = [{**mine[0], "crl": None}]
    assert len(changes([], mine).added) == 1
    assert len(changes(mine, mine).kept) == 1
    assert len(changes(mine, moved).changed) == 1
    rotated = changes(mine, mine + theirs)
    assert (len(rotated.kept), len(rotated.added), rotated.removed) == (1, 1, ())
    assert len(changes(mine, theirs).removed) == 1


@pytest.fixture
def deployed(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "adopt", lambda stage: None)


def published(tmp_path: Path, document: Any) -> int:
    file = tmp_path / "trust.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return trust.main(["--stage", "dev", str(file)])


def test_the_list_replaces_the_one_before(
    deployed: None, pki: Pki, other: Pki, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R2.3: an authority that is renewed stands in it twice for a while."""
    from chalicelib.auth import trust_repository

    assert published(tmp_path, pki.trust(URL)) == 0
    assert capsys.readouterr().out.startswith("Added: GEO Authentication CA (test) (until 20")
    both = {"authentication": pki.trust(URL)["authentication"] + other.trust(URL)["authentication"]}
    assert published(tmp_path, both) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["Added", "Unchanged"]
    assert published(tmp_path, other.trust(URL)) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["Removed", "Unchanged"]
    kept = trust_repository.find_trust("authentication")
    assert kept is not None
    assert kept.version == 3
    assert json.loads(kept.entries) == other.trust(URL)["authentication"]


@pytest.mark.parametrize("document", ["no JSON", {"authentication": []}])
def test_nothing_is_published_of_a_faulty_list(
    deployed: None, tmp_path: Path, document: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from chalicelib.auth import trust_repository

    assert published(tmp_path, document) == 1
    assert capsys.readouterr().err
    assert trust_repository.find_trust("authentication") is None


def test_a_file_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert trust.main(["--stage", "dev", "/nowhere/trust.json"]) == 1
    assert "No such file" in capsys.readouterr().err


def test_of_two_publishers_at_once_one_is_told_to_try_again(
    deployed: None, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from chalicelib.auth import trust_repository

    assert published(tmp_path, pki.trust(URL)) == 0
    monkeypatch.setattr(trust_repository, "find_trust", lambda purpose: None)
    assert published(tmp_path, pki.trust(URL)) == 1
    assert "try again" in capsys.readouterr().err
