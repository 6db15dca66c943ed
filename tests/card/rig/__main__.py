"""The rig as a program: `python -m rig serve` plays a reader with somebody's card in it until it is ended."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from local.pki import Holder, Pki
from rig.card import CardFile
from rig.personalise import personalise
from rig.rig import Rig
from rig.slots import RigTrouble, Slots


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m rig", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser(
        "serve", help="play a reader; the holder of its card stands in FOLDER/holder.json"
    )
    serving.add_argument("--pki", type=Path, required=True, help="who certifies the card")
    inserting = commands.add_parser("insert", help="put the card back")
    removing = commands.add_parser("remove", help="pull the card out")
    for command in (serving, inserting, removing):
        command.add_argument("--folder", type=Path, required=True, help="where card and logs are kept")
    given = parser.parse_args()
    try:
        if given.command == "serve":
            serve(given.folder, Pki.open(given.pki))
        elif given.command == "insert":
            Slots(given.folder).insert(kept_card(given.folder))
        else:
            Slots(given.folder).remove()
    except RigTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


def serve(folder: Path, pki: Pki) -> None:
    """Play a reader with the card of the holder in it until SIGTERM or Ctrl-C; a new card is made once.

    As soon as the card is in, `FOLDER/environment.json` says in which environment programs meet it.
    """
    asked_to_end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_end.set())
    card = kept_card(folder)
    with Rig(folder) as rig:
        if not card.path.exists():
            new = CardFile.create(folder / "unfinished.json")
            holder = Holder(**json.loads((folder / "holder.json").read_text(encoding="utf-8")))
            personalise(rig, new, holder, pki)
            new.copy(card.path)
        rig.insert(card)
        (folder / "environment.json").write_text(json.dumps(rig.own_environment), encoding="utf-8")
        asked_to_end.wait()


def kept_card(folder: Path) -> CardFile:
    """The card of a rig that runs as a program."""
    return CardFile(folder / "card.json")


if __name__ == "__main__":
    sys.exit(main())
