"""Everything the program does, without the pages."""

import argparse
import errno
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core import cli
from core.common.errors import UserError


@dataclass(frozen=True)
class Command:
    """One command of the command line, found in ``core/cli``."""

    name: str
    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def discover_commands() -> list[Command]:
    """Every module of ``core/cli``; one that lacks a part raises AttributeError."""
    found = []
    for entry in pkgutil.iter_modules(cli.__path__):
        module = importlib.import_module(f"core.cli.{entry.name}")
        found.append(Command(entry.name, module.SUMMARY, module.add_arguments, module.run))
    return found


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    program = "fingers" if Path(sys.argv[0]).stem == "fingers" else "python -m core"
    parser = argparse.ArgumentParser(
        prog=program, description="Everything the program does, without the pages."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in discover_commands():
        subparser = subparsers.add_parser(
            command.name, help=command.summary, description=command.summary
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parsed = build_parser().parse_args(arguments)
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
