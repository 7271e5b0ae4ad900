"""The command line: ``cutaway <command>`` or ``python -m cutaway <command>``; one file per
command in ``commands/``.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from .commands.flags import INTERRUPTED
from .core import ranks
from .core.errors import CutawayError

# In the order of `cutaway --help`.  A command's module has SUMMARY, add_arguments(parser) and run(arguments)
# -> exit code.
COMMANDS = {
    "tour": "tour",
    "segment": "segment",
    "classify": "classify",
    "classify-train": "classify_train",
    "transfer": "transfer",
    "inside": "inside",
    "explain": "explain",
    "sentences": "sentences",
    "gradcheck": "gradcheck",
    "doctor": "doctor",
    "kernels": "kernels",
    "crf": "crf",
    "word2vec": "word2vec",
    "word2phrase": "word2phrase",
    "fasttext": "fasttext",
    "vocab_count": "vocab_count",
    "cooccur": "cooccur",
    "shuffle": "shuffle",
    "glove": "glove",
    "inspect": "inspect_vectors",
    "distance": "distance",
    "word-analogy": "word_analogy",
    "compute-accuracy": "compute_accuracy",
}

TOGETHER = ("segment", "classify-train", "word2vec", "fasttext", "glove")  # under mpiexec ranks do one thing


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code.  An expected error is one message on standard error and
    exit code 2.
    """
    parser = argparse.ArgumentParser(prog="cutaway", description="Deep learning with the casing cut open.")
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name, module in COMMANDS.items():
        command = import_module(f".commands.{module}", __package__)
        sub = commands.add_parser(
            name,
            help=command.SUMMARY,
            description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    arguments = parser.parse_args(argv)
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="surrogateescape")  # words that are not UTF-8 stay as they are
    try:
        with warnings.catch_warnings():
            warnings.formatwarning = _one_line
            together = arguments.command in TOGETHER
            with ranks.ending_together(ranks.joined) if together else ranks.working_alone():
                return arguments.run(arguments)
    except KeyboardInterrupt:
        print("cutaway: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return 141
    except (CutawayError, OSError, ValueError, ImportError, FloatingPointError, MemoryError) as error:
        if ranks.speaks(ranks.joined()):
            print(f"cutaway {arguments.command}: {error or 'not enough memory'}", file=sys.stderr)
        return 2


def _one_line(message: Warning | str, *place: Any, **line: Any) -> str:
    """What a warning says, without the place in the code, which means nothing to who typed a command."""
    return f"cutaway: {message}\n"


def _version() -> str:
    from . import __version__

    return f"cutaway {__version__}"


def script() -> None:
    """What the command `cutaway` runs: an interrupt on the way out is one, too, and no traceback."""
    code = main()
    signal.signal(signal.SIGINT, lambda *place: os._exit(INTERRUPTED))
    sys.exit(code)


if __name__ == "__main__":
    script()
