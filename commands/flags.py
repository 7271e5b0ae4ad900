"""Flags as the C tools of word vectors have them: ``-size 200 -cbow 1``, one dash, and a value.

A flag whose default is False is a switch, as fastText's ``-qnorm``: it has no value.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, NamedTuple

INTERRUPTED = 130  # exit code after Ctrl-C, as shells have it


class Flag(NamedTuple):
    """A flag, its default (whose type is the value's, unless another is given) and what it means."""

    name: str
    default: Any
    help: str
    kind: Callable[[str], Any] | None = None


def accept(parser: argparse.ArgumentParser, flags: Sequence[Flag]) -> None:
    """Let ``parser`` hand everything behind the command's name to `parse`; list ``flags`` in its help."""
    parser.usage = f"{parser.prog} [-flag value ...]"
    listed = [f"  -{flag.name:15} {flag.help}{_default(flag)}" for flag in flags]
    parser.epilog = "flags:\n" + "\n".join(listed)
    parser.prefix_chars = "\0"  # subtle: to argparse no flag looks like one, so all of them come to us
    parser.add_argument("flags", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(show_help=parser.print_help)


def _default(flag: Flag) -> str:
    return f" ({flag.default})" if flag.default not in (None, "") and flag.default is not False else ""


def asks_for_help(arguments: argparse.Namespace, needs_flags: bool = True) -> bool:
    """Print the help if there is nothing else to do, as most C tools do without flags."""
    asked = (needs_flags and not arguments.flags) or arguments.flags[:1] in (["-h"], ["-help"], ["--help"])
    if asked:
        arguments.show_help()
    return asked


def parse(given: Sequence[str], flags: Sequence[Flag]) -> dict[str, Any]:
    """{name: value} of all flags.

    Raises
    ------
    ValueError
        A flag that does not exist (names the nearest that does), has no value or a bad one, or came twice.

    >>> parse(["-size", "200"], [Flag("size", 100, "numbers in a vector"), Flag("alpha", 0.05, "rate")])
    {'size': 200, 'alpha': 0.05}
    """
    known = {flag.name: flag for flag in flags}
    values: dict[str, Any] = {}
    words = iter(given)
    for word in words:
        name = word.lstrip("-")
        if not word.startswith("-") or name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f"did you mean -{near[0]}?" if near else "flags: " + " ".join(f"-{each}" for each in known)
            expected = "unknown flag" if word.startswith("-") else "expected a flag, came"
            raise ValueError(f"{expected} {word!r}; {hint}")
        if name in values:
            raise ValueError(f"{word} came twice")
        value = None if known[name].default is False else next(words, None)
        if value is None and known[name].default is not False:
            raise ValueError(f"{word} expects a value: {known[name].help}")
        values[name] = True if value is None else _value(known[name], value)
    return {flag.name: values.get(flag.name, flag.default) for flag in flags}


def tool(
    flags: Sequence[Flag], work: Callable[[dict[str, Any]], object], needs_flags: bool = True
) -> tuple[Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]:
    """``add_arguments`` and ``run`` of a command that hands the values of its flags to ``work``."""

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        accept(parser, flags)

    def run(arguments: argparse.Namespace) -> int:
        if not asks_for_help(arguments, needs_flags):
            work(parse(arguments.flags, flags))
        return 0

    return add_arguments, run


def option_values(kind: Any, options: Mapping[str, str], flags: dict[str, Any]) -> dict[str, Any]:
    """Options of a model from flags; ``options`` says which is which, and 0 and 1 are switches."""
    switches = {each.name for each in fields(kind.Options) if each.type == "bool"}
    return {name: bool(flags[flag]) if name in switches else flags[flag] for name, flag in options.items()}


@contextmanager
def named_by_flags(options: Mapping[str, str]) -> Iterator[None]:
    """Have errors about options speak of the flags that were typed."""
    from ..text.embeddings.options import Diverged, OptionError

    try:
        yield
    except OptionError as error:
        raise ValueError(f"-{options.get(error.option, error.option)} {error.problem}") from None
    except Diverged as error:
        flag = f"lower -{options.get(error.option, error.option)} "
        raise FloatingPointError(str(error).replace(f"lower {error.option} ", flag)) from None


def _value(flag: Flag, text: str) -> Any:
    kind = flag.kind or type(flag.default)
    try:
        return kind(text)
    except ValueError:
        expected = "a whole number" if kind is int else "a number"
        raise ValueError(f"-{flag.name} expects {expected}, came {text!r}") from None
