"""A pickle is a program for a small stack machine.  This one runs it, but a name in it stays a name.

    GLOBAL 'torch._utils _rebuild_tensor_v2'   pushes Name("torch._utils._rebuild_tensor_v2"), imports nothing
    REDUCE                                     asks a table of the few names that have a meaning here
    BUILD                                      sets no attributes: on a dictionary it does nothing

So a pickle can make numbers, texts, lists, dictionaries and what that table makes: tensors.  All of it takes
memory in proportion to the pickle, and no more than the reader may take.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any, BinaryIO

from ...core.reading import bad_file
from .names import Name, call, known

STEP_COSTS = 160  # bytes of memory that a step takes at most, beside its argument: an entry of a dictionary
CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": list}
LITERALS = (
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
)
PUTS, GETS = ("PUT", "BINPUT", "LONG_BINPUT"), ("GET", "BINGET", "LONG_BINGET")
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
KEYS = (str, bytes, bool, int, type(None))  # no tuples: to hash one inside 100,000 others ends the process
LARGEST_KEY = 1 << 60  # whole numbers from here on can be chosen to collide


class Machine:
    """Runs pickles of one file.

    Parameters
    ----------
    path : of the file, for messages.
    persistent : from a persistent id to what it stands for, a storage.
    allowed : bytes of memory that everything together may take.
    """

    def __init__(self, path: Any, persistent: Callable[[Any], Any], allowed: int):
        self.path, self.persistent, self.allowed = path, persistent, allowed

    def run(self, stream: BinaryIO) -> Any:
        """Return the value of the pickle that begins here; the stream then stands behind it.

        Raises
        ------
        FileError : for a name that means more than numbers, or too many steps.
        ValueError, LookupError, TypeError : for what is no pickle.
        """
        self.stack: list[Any] = []
        self.outer: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        for opcode, argument, place in pickletools.genops(stream):
            size = len(argument) if isinstance(argument, (str, bytes, bytearray)) else 0
            self.allowed -= STEP_COSTS + 2 * size
            if self.allowed < 0:
                raise bad_file(
                    self.path, "a pickle that fits into memory", f"more than {place} bytes of small parts"
                )
            if opcode.name == "STOP":
                return self.stack.pop()
            self._step(opcode.name, argument)
        raise ValueError("the pickle has no end")

    def _step(self, name: str, argument: Any) -> None:
        """Do what one opcode says."""
        stack = self.stack
        if name in LITERALS:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in EMPTY:
            stack.append(EMPTY[name]())
        elif name in PUTS:
            self.memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in GETS:
            stack.append(self.memo[argument])
        elif name in TUPLES:
            stack[-TUPLES[name] :] = [tuple(self._popped(TUPLES[name]))]
        elif name not in ("PROTO", "FRAME"):
            getattr(self, f"_{name.lower()}", self._refuse)(name, argument)

    def _popped(self, count: int) -> list[Any]:
        """Return the uppermost values, which stay; IndexError if there are fewer."""
        if len(self.stack) < count:
            raise IndexError("the pickle's stack is empty")
        return self.stack[-count:]

    def _refuse(self, name: str, argument: Any) -> None:
        raise bad_file(self.path, "numbers, texts, lists, dictionaries and tensors", f"the opcode {name}")

    # Lists, dictionaries, tuples

    def _mark(self, *_: Any) -> None:
        self.outer.append(self.stack)
        self.stack = []

    def _pop_mark(self, *_: Any) -> list[Any]:
        items, self.stack = self.stack, self.outer.pop()
        return items

    def _pop(self, *_: Any) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self._pop_mark()

    def _dup(self, *_: Any) -> None:
        self.stack.append(self.stack[-1])

    def _tuple(self, *_: Any) -> None:
        items = self._pop_mark()
        self.stack.append(tuple(items))

    def _list(self, *_: Any) -> None:
        items = self._pop_mark()
        self.stack.append(items)

    _frozenset = _list

    def _dict(self, *_: Any) -> None:
        items = self._pop_mark()
        self.stack.append({})
        self._enter(items)

    def _append(self, *_: Any) -> None:
        self._extend([self.stack.pop()])

    def _appends(self, *_: Any) -> None:
        self._extend(self._pop_mark())

    _additems = _appends

    def _extend(self, items: list[Any]) -> None:
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(items)
        elif not isinstance(self.stack[-1], Name):
            raise TypeError(f"a {type(self.stack[-1]).__name__} is no list")

    def _setitem(self, *_: Any) -> None:
        items = self._popped(2)
        del self.stack[-2:]
        self._enter(items)

    def _setitems(self, *_: Any) -> None:
        self._enter(self._pop_mark())

    def _enter(self, items: list[Any]) -> None:
        """Put keys and values, in turn, into the dictionary on top."""
        holder = self.stack[-1]
        if isinstance(holder, Name):
            return
        if not isinstance(holder, dict):
            raise TypeError(f"a {type(holder).__name__} is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, KEYS) or (isinstance(key, int) and abs(key) > LARGEST_KEY):
                raise TypeError(f"texts or small whole numbers as keys, a {type(key).__name__} is none")
            holder[key] = value

    # Names, and what they make

    def _named(self, name: str) -> None:
        self.stack.append(known(name, self.path))

    def _global(self, _: str, argument: str) -> None:
        self._named(".".join(argument.split(" ")))

    def _stack_global(self, *_: Any) -> None:
        parts = self._popped(2)
        if not all(isinstance(part, str) for part in parts):
            raise TypeError("a name that is no text")
        del self.stack[-2:]
        self._named(".".join(parts))

    def _reduce(self, *_: Any) -> None:
        function, arguments = self._popped(2)
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise TypeError("what is called is no name")
        self.stack[-2:] = [call(function, arguments, self.path)]

    _newobj = _reduce

    def _inst(self, _: str, argument: str) -> None:
        self._global("", argument)
        self.stack[-1] = call(self.stack[-1], tuple(self._pop_mark()), self.path)

    def _build(self, *_: Any) -> None:
        self._popped(2)
        self.stack.pop()  # `_metadata` of a state_dict, attributes of a parameter: no numbers of a network

    def _persid(self, _: str, argument: str) -> None:
        self.stack.append(self.persistent(argument))

    def _binpersid(self, *_: Any) -> None:
        self.stack.append(self.persistent(self.stack.pop()))
