"""Everything the program does, without the pages."""

import argparse
import errno
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from core import cli
from core.common.errors import UserError


def discover_commands(asked: str | None = None) -> dict[str, ModuleType]:
    """Every module of ``core/cli`` by the name of its command, or just the one that is asked for.

    All of them import half of the program, which takes a third of the time of ``predict``.
    """
    names = [entry.name for entry in pkgutil.iter_modules(cli.__path__)]
    needed = [asked] if asked in names else names
    return {name: importlib.import_module(f"core.cli.{name}") for name in needed}


def build_parser(asked: str | None = None) -> argparse.ArgumentParser:
    """The parser of all commands, or just of the one that is asked for."""
    program = "fingers" if Path(sys.argv[0]).stem == "fingers" else "python -m core"
    parser = argparse.ArgumentParser(
        prog=program, description="Everything the program does, without the pages."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in discover_commands(asked).items():
        subparser = subparsers.add_parser(name, help=command.SUMMARY, description=command.SUMMARY)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    parsed = build_parser(given[0] if given else None).parse_args(given)
    try:
        status = int(parsed.run(parsed))
        # Where the output goes to a full disk, that is noticed here.
        sys.stdout.flush()
        return status
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The program that reads the output (head, say) has all it wanted, and Python must not
        # complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"error: {_os_error_text(error)}", file=sys.stderr)
        return 1


def _os_error_text(error: OSError) -> str:
    place = f": {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"There is no space left on the disk{place}. What was there before is unchanged."
    return f"{error.strerror or error}{place}"


if __name__ == "__main__":
    sys.exit(main())
