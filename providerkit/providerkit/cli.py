"""The command line: `python -m providerkit simulate …`."""

import argparse
import sys
from pathlib import Path

from providerkit.client import Inbox, QueueClient, QueueUnavailableError
from providerkit.ledger import Ledger
from providerkit.messages import INLINE_LIMIT
from providerkit.simulator import MISBEHAVIOURS, Plan, Simulator, read_attachment
from providerkit.stopping import Stopping

_DESCRIPTION = "Connect an institution to the Karibche portal over Amazon SQS."
_SIMULATE = """\
Play an institution: read its request queue, check each request's digest, send the
receipt, wait, send an answer in Georgian with an attachment.

Credentials come from AWS's ordinary chain (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,
AWS_PROFILE, a role). Each event is one line: time, provider, what happened, ids.
Requests and replies are never printed.
"""
_EXAMPLES = """\
examples:
  python -m providerkit simulate --provider napr \\
      --requests-queue karibche-local-provider-napr-requests \\
      --replies-queue karibche-local-provider-napr-replies \\
      --endpoint-url http://127.0.0.1:4566 --state napr.jsonl

  # answer what is waiting now, then end
  python -m providerkit simulate … --delay 0 --after-received 0 --once

  # see the portal refuse a reply to somebody else's request
  python -m providerkit simulate … --misbehave foreign --max 1
"""


def main(arguments: list[str] | None = None) -> int:
    """Run a command. 0: done or stopped by a signal; 1: the queue could not be used; 2: wrong arguments."""
    options = _parser().parse_args(arguments)
    stopping = Stopping()
    stopping.listen()
    try:
        plan = _plan(options)
        queue = QueueClient(
            requests=options.requests_queue,
            replies=options.replies_queue,
            region=options.region,
            endpoint_url=options.endpoint_url,
        )
        inbox = Inbox(queue, provider=plan.provider, state=Ledger(options.state, "event_id"))
        journal = Ledger(options.journal, "event_id")
    except (OSError, ValueError, QueueUnavailableError) as error:
        sys.stderr.write(f"providerkit: {error}\n")
        return 2
    simulator = Simulator(inbox, plan, journal=journal, say=_say, stopping=stopping)
    return 0 if simulator.run() else 1


def _say(line: str) -> None:
    print(line, flush=True)


def _plan(options: argparse.Namespace) -> Plan:
    files = tuple(read_attachment(path) for path in options.attachment)
    if sum(len(file.content) for file in files) > INLINE_LIMIT:
        raise ValueError(f"the attachments are too large; an answer has {INLINE_LIMIT} bytes at most")
    return Plan(
        provider=options.provider,
        name=options.name,
        delay=options.delay,
        after_received=options.after_received,
        once=options.once,
        limit=options.max,
        misbehave=options.misbehave,
        foreign_request=options.foreign_request,
        attachments=files,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="providerkit", description=_DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    simulate = commands.add_parser(
        "simulate",
        help="play an institution that acknowledges and answers each request",
        description=_SIMULATE,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_connection(simulate.add_argument_group("connection"))
    _add_behaviour(simulate.add_argument_group("behaviour"))
    _add_files(simulate.add_argument_group("files"))
    return parser


def _add_connection(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--provider", required=True, metavar="ID", help="the institution's id, such as napr")
    group.add_argument("--requests-queue", required=True, metavar="QUEUE", help="name or URL of the queue to read")
    group.add_argument(
        "--replies-queue", required=True, metavar="QUEUE", help="name or URL of the queue to answer on"
    )
    group.add_argument("--region", default="eu-central-1", help="AWS region (default: %(default)s)")
    group.add_argument("--endpoint-url", metavar="URL", help="another endpoint than AWS, such as a local cloud")


def _add_behaviour(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--delay", type=_seconds, default=2.0, metavar="S", help="seconds before the receipt (default: 2)"
    )
    group.add_argument(
        "--after-received",
        type=_seconds,
        default=6.0,
        metavar="S",
        help="seconds between receipt and answer (default: 6)",
    )
    group.add_argument("--once", action="store_true", help="answer what is waiting, then end")
    group.add_argument("--max", type=_count, metavar="N", help="end after N answers")
    group.add_argument("--name", metavar="TEXT", help="the institution's name under the answer")
    group.add_argument(
        "--attachment",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="send this file with each answer instead of the built-in one (may be repeated)",
    )
    group.add_argument(
        "--misbehave",
        choices=MISBEHAVIOURS,
        help="break a rule on purpose: half a message, somebody else's request, two answers, "
        "more bytes than allowed, a wrong digest",
    )
    group.add_argument(
        "--foreign-request",
        metavar="ID",
        help="with --misbehave foreign: the request to answer (default: one that does not exist)",
    )


def _add_files(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="remember over restarts what was answered (default: in memory only)",
    )
    group.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="append a JSON line for each distinct request: event_id, request_id, sha256, at",
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError("0 to 3600 seconds")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return value
