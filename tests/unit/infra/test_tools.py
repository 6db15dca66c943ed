"""The deployer's tools: they take names from the deployed function, and say what happened."""

import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoRegionError

from infra import environment, operator, publish


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what `adopt` sets out of the other tests."""
    monkeypatch.setattr(os, "environ", os.environ.copy())


class Lambda:
    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        return {"Environment": {"Variables": {"STAGE": FunctionName, "TRACING": "on"}}}


def test_a_tool_sees_what_the_api_function_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "client", lambda _: Lambda())

    environment.adopt("dev")

    assert os.environ["STAGE"] == "karibche-dev-api"
    assert os.environ["TRACING"] == "off"


@pytest.mark.parametrize(
    "error", [NoRegionError(), ClientError({"Error": {"Code": "Gone", "Message": "gone"}}, "Get")]
)
def test_a_stage_out_of_reach_is_told_in_one_line(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> Any:
        raise error

    monkeypatch.setattr(boto3, "client", refuse)

    with pytest.raises(SystemExit, match="dev cannot be reached"):
        environment.adopt("dev")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses for which an operator was made; `taken@…` is one already."""
    from chalicelib.auth import operators
    from chalicelib.core.tables import Refused

    addresses: list[str] = []

    def create(email: str) -> operators.NewOperator:
        if email.startswith("taken"):
            raise Refused(frozenset({"operator"}))
        addresses.append(email)
        return operators.NewOperator("opr_1", "a-password", "ATOTPKEY", "otpauth://totp/x")

    monkeypatch.setattr(operators, "create_operator", create)
    monkeypatch.setattr(operator, "adopt", lambda stage: None)
    return addresses


def test_an_operators_secrets_are_shown_once(made: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.main(["--stage", "dev", "--email", "clerk@example.ge"]) == 0

    said = capsys.readouterr().out
    assert made == ["clerk@example.ge"]
    assert all(secret in said for secret in ("a-password", "ATOTPKEY", "otpauth://totp/x"))


def test_programs_read_json(made: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.main(["--stage", "dev", "--email", "clerk@example.ge", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["totp_key"] == "ATOTPKEY"


def test_who_is_an_operator_already_is_told(made: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.main(["--stage", "dev", "--email", "taken@example.ge"]) == 1

    assert "taken@example.ge is an operator already" in capsys.readouterr().err


def test_the_publisher_says_what_is_new(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from chalicelib.catalogue import repository

    monkeypatch.setattr(publish, "adopt", lambda stage: None)
    monkeypatch.setattr(repository, "put_version", lambda definition: definition["id"] == "letter")

    assert publish.main(["--stage", "dev", "--site", str(tmp_path)]) == 0

    assert "New: letter 1. Unchanged: own-personal-data 1, public-information 1." in capsys.readouterr().out
    assert (tmp_path / "index.json").exists()


def test_the_publisher_refuses_a_changed_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from chalicelib.catalogue import repository

    def refuse(definition: Any) -> bool:
        raise repository.VersionExists("letter 1")

    monkeypatch.setattr(publish, "adopt", lambda stage: None)
    monkeypatch.setattr(repository, "put_version", refuse)

    assert publish.main(["--stage", "dev", "--site", str(tmp_path)]) == 1

    assert "letter 1 was published with other content" in capsys.readouterr().err
    assert not (tmp_path / "index.json").exists()
