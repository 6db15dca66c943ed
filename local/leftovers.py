"""`make stop` and `make reset`: end what `make run` started, and delete what it kept.

Runs under the system's Python, so that it works when nothing else does.
"""

from __future__ import annotations

import argparse
import shutil
import sys

from local import processes
from local.bootstrap import PIDS, STATE
from local.steps import Trouble, run


def stop() -> None:
    """End the running portal, or what a crashed one has left."""
    site = processes.Note(PIDS, "site")
    running = site.pid() is not None
    processes.end(site, patience=20)
    left = processes.end_all(PIDS)
    if running:
        print("Stopped; its data is kept.")
    elif left:
        print(f"Ended what an earlier run had left: {', '.join(left)}.")
    else:
        print("Nothing runs.")


def reset(*, sure: bool) -> None:
    """Stop the portal and delete its data, if the person says so."""
    if not STATE.exists():
        print("There is no data to delete.")
        return
    if not sure:
        if not sys.stdin.isatty():
            raise Trouble("This deletes all data of the local portal. In a script say so:   make reset YES=1")
        answer = input("Delete all data of the local portal: citizens, requests, e-mails? [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            print("Nothing was deleted.")
            return
    stop()
    shutil.rmtree(STATE)
    print("Deleted. The next `make run` begins anew.")


def main() -> int:
    """Stop or reset, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true")
    parser.add_argument("--yes", action="store_true")
    arguments = parser.parse_args()
    return run(lambda: reset(sure=arguments.yes) if arguments.reset else stop())


if __name__ == "__main__":
    sys.exit(main())
