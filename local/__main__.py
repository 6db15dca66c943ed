"""The local portal's commands, as the Makefile calls them."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from local import accounts, card, logs
from local.run import portal, serve, status
from local.steps import Trouble, run

if TYPE_CHECKING:
    from local.stack import Stack


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    parser_run = commands.add_parser("run", help="start the portal")
    parser_run.add_argument("--card", action="store_true", help="with a card for everybody who owns none")
    commands.add_parser("card", help="open that card's program in this terminal")
    commands.add_parser("status", help="say what runs")
    parser_logs = commands.add_parser("logs", help="show the functions' logs")
    parser_logs.add_argument("--since", type=float, default=10, metavar="MINUTES")
    parser_operator = commands.add_parser("operator", help="make an operator")
    parser_operator.add_argument("email")
    parser_code = commands.add_parser("code", help="print an operator's current code")
    parser_code.add_argument("--email")
    arguments = parser.parse_args()
    return run(lambda: _do(arguments, portal()))


def _do(arguments: argparse.Namespace, stack: Stack) -> None:
    if arguments.command == "run":
        serve(stack, with_card=arguments.card)
    elif arguments.command == "card":
        card.become_agent(stack)
    elif arguments.command == "status":
        status(stack)
    elif arguments.command == "code":
        print(accounts.current_code(stack, arguments.email))
    elif arguments.command == "logs":
        _must_run(stack)
        logs.follow(stack, arguments.since, once=not logs.wants_to_follow())
    else:
        _must_run(stack)
        account = accounts.new_operator(stack, arguments.email)
        print(f"E-mail     {account['email']}\nPassword   {account['password']}\nTOTP key   {account['totp_key']}")
        print("Shown once: write them down, or hand them over, now.")


def _must_run(stack: Stack) -> None:
    if not stack.running():
        raise Trouble("The portal does not run. Start it:   make run")


if __name__ == "__main__":
    sys.exit(main())
