"""Operators of the local portal, and the keys to their accounts that this machine keeps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyotp

from local.gaps import keep_secret
from local.stack import ToolFailedError
from local.steps import Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack

DEMO_EMAIL = "operator@karibche.example"
ACCOUNTS_TRIED = 20


def demonstration(stack: Stack) -> dict[str, str]:
    """The operator for the demonstration: `email`, `password`, `totp_key`; made when there is none.

    An account whose password is not kept any more is of no use, so another address is taken then.
    """
    kept = _demo_file(stack)
    if kept.exists():
        known: dict[str, str] = json.loads(kept.read_text())
        made = _create(stack, known["email"])
        return _keep(stack, kept, known["email"], made) if made else known
    for number in range(1, ACCOUNTS_TRIED):
        email = DEMO_EMAIL if number == 1 else DEMO_EMAIL.replace("@", f"{number}@")
        made = _create(stack, email)
        if made:
            return _keep(stack, kept, email, made)
    raise Trouble("No operator could be made for the demonstration. To begin anew:   make reset")


def new_operator(stack: Stack, email: str) -> dict[str, str]:
    """Make an operator's account. Raises Trouble when there is one, or the address is none."""
    if email.count("@") != 1 or email != email.strip():
        raise Trouble("Give the operator's e-mail address:   make operator EMAIL=name@example.ge")
    try:
        made = stack.create_operator(email)
    except ToolFailedError as error:
        raise Trouble(str(error)) from error
    return _keep(stack, _file(stack, email), email, made, with_password=False)


def current_code(stack: Stack, email: str | None) -> str:
    """The code that an operator's app would show now. Raises Trouble for one that was not made here."""
    kept = _file(stack, email) if email else _demo_file(stack)
    try:
        account: dict[str, str] = json.loads(kept.read_text())
    except OSError as error:
        raise Trouble(f"The key of {email or 'the demonstration'} is not kept on this machine.") from error
    return pyotp.TOTP(account["totp_key"]).now()


def _create(stack: Stack, email: str) -> dict[str, str] | None:
    """A new account, or None when the address has one."""
    try:
        return stack.create_operator(email)
    except ToolFailedError as error:
        if "already" in str(error):
            return None
        raise


def _keep(
    stack: Stack, file: Path, email: str, made: dict[str, str], *, with_password: bool = True
) -> dict[str, str]:
    account = {"email": email, "password": made["password"], "totp_key": made["totp_key"]}
    for path in {file, _file(stack, email)}:
        hidden = () if with_password else ("password",)
        keep_secret(path, {name: value for name, value in account.items() if name not in hidden})
    return account


def _demo_file(stack: Stack) -> Path:
    return stack.state_dir / "demo.json"


def _file(stack: Stack, email: str) -> Path:
    return stack.state_dir / "operators" / f"{email.strip().lower().replace('/', '_')}.json"
