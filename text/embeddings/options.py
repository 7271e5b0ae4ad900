"""Options of models: frozen dataclasses whose fields say what they may be, checked before hours are spent.

>>> Word2VecOptions(dim=0)
Traceback (most recent call last):
    ...
cutaway.text.embeddings.options.OptionError: Word2Vec: dim is a whole number from 1 to 10000, got 0
    hint: usual is 50 to 300
"""

from __future__ import annotations

import difflib
import inspect
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

from ..corpus.encode import MAX_WORDS
from .deterministic import WORKERS
from .limits import (
    ALPHA,
    BUCKETS,
    DIM,
    EPOCHS,
    MAX_N,
    MAX_VOCAB_SIZE,
    MIN_COUNT,
    MIN_N,
    NEGATIVE,
    POWER,
    SAMPLE,
    SEED,
    SYNC,
    THREADS,
    WINDOW,
    Slices,
    switch,
    within,
)


class OptionError(ValueError):
    """An option that is not as it should be.

    Attributes
    ----------
    option, problem : str
        Its name, and what is wrong with it: a command line puts its flag in the place of the name.
    """

    def __init__(self, model: str, option: str, problem: str) -> None:
        super().__init__(f"{model}: {option} {problem}")
        self.option, self.problem = option, problem


class Diverged(FloatingPointError):
    """Vectors that became infinite or NaN; ``option`` is the one to lower."""

    def __init__(self, model: str, epoch: int, option: str, value: float, usual: str) -> None:
        problem = f"{model}: vectors became infinite or NaN in epoch {epoch}"
        super().__init__(f"{problem}\n    hint: lower {option} (it was {value:g}; {usual} is usual)")
        self.option = option


@dataclass(frozen=True)
class Options:
    """Options whose fields were made by `within` or `switch`; `OptionError` names the one that is wrong."""

    def __post_init__(self) -> None:
        for each in fields(self):
            may_be = each.metadata.get("may be")
            if may_be is not None and (problem := may_be.problem(getattr(self, each.name))):
                raise OptionError(self.model, each.name, problem)

    @property
    def model(self) -> str:
        """The name of the model whose options they are."""
        return type(self).__name__.removesuffix("Options")


@dataclass(frozen=True)
class EmbeddingOptions(Options):
    """What all models have that learn by predicting words; `Word2Vec` says what they mean."""

    dim: int = within(100, DIM)
    window: int = within(5, WINDOW)
    negative: int = within(5, NEGATIVE)
    sample: float = within(1e-3, SAMPLE)
    alpha: float = within(0.025, ALPHA)
    epochs: int = within(5, EPOCHS)
    min_count: int = within(5, MIN_COUNT)
    power: float = within(0.75, POWER)
    seed: int = within(1, SEED)
    threads: int = within(1, THREADS)
    hs: bool = switch(kw_only=True)
    softmax: bool = switch(kw_only=True)
    deterministic: int = field(default=False, metadata={"may be": Slices()}, kw_only=True)
    max_vocab_size: int = within(MAX_WORDS, MAX_VOCAB_SIZE, kw_only=True)

    cbow: ClassVar[bool] = False
    shared: ClassVar[bool] = False
    sync: ClassVar[str] = "frequent"

    def __post_init__(self) -> None:
        super().__post_init__()
        layers = {name: getattr(self, name) for name in ("hs", "softmax", "shared")}
        if sum(layers.values()) > 1:
            came = ", ".join(f"{name}={value}" for name, value in layers.items())
            raise ValueError(
                f"{self.model}: hs, softmax and shared exclude each other, got {came}\n"
                f"    hint: shared is a form of negative sampling, which hs and softmax replace"
            )

    @property
    def meeting(self) -> str:
        """How the vectors of ranks meet; in rounds, where the result is not to depend on their number."""
        return "rounds" if self.deterministic else self.sync

    @property
    def slices(self) -> int:
        """Slices of a round (``deterministic.py``); 0: no rounds."""
        return WORKERS if self.deterministic == 1 else int(self.deterministic)

    @property
    def output(self) -> str:
        """The output layer: "negative", "tree" or "softmax"."""
        return "tree" if self.hs else "softmax" if self.softmax else "negative"


@dataclass(frozen=True)
class Word2VecOptions(EmbeddingOptions):
    """Options of `Word2Vec`; ``alpha=None`` is 0.025, for CBOW 0.05."""

    alpha: float = within(None, ALPHA)
    cbow: bool = switch(kw_only=True)  # type: ignore[misc]
    shared: bool = switch(kw_only=True)  # type: ignore[misc]
    sync: str = field(default="frequent", metadata={"may be": SYNC}, kw_only=True)  # type: ignore[misc]

    def __post_init__(self) -> None:
        if self.alpha is None:
            object.__setattr__(self, "alpha", 0.05 if self.cbow else 0.025)
        super().__post_init__()


@dataclass(frozen=True)
class FastTextOptions(EmbeddingOptions):
    """Options of `FastText`."""

    sample: float = within(1e-4, SAMPLE)
    alpha: float = within(0.05, ALPHA)
    min_n: int = within(3, MIN_N, kw_only=True)
    max_n: int = within(6, MAX_N, kw_only=True)
    buckets: int = within(2_000_000, BUCKETS, kw_only=True)
    cbow: bool = switch(kw_only=True)  # type: ignore[misc]
    shared: bool = switch(kw_only=True)  # type: ignore[misc]
    sync: str = field(default="frequent", metadata={"may be": SYNC}, kw_only=True)  # type: ignore[misc]


@dataclass(frozen=True)
class Doc2VecOptions(EmbeddingOptions):
    """Options of `Doc2Vec`."""

    epochs: int = within(10, EPOCHS)
    dm: bool = switch(True, kw_only=True)
    dm_concat: bool = switch(kw_only=True)
    dbow_words: bool = switch(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.dm_concat and not self.dm) or (self.dbow_words and self.dm):
            raise ValueError(
                f"Doc2Vec: dm_concat is a form of dm=True, dbow_words of dm=False; got dm={self.dm}, "
                f"dm_concat={self.dm_concat}, dbow_words={self.dbow_words}"
            )

    @property
    def architecture(self) -> str:
        """The loop of ``ext/embeddings/paragraph_vectors/reference.py``."""
        if self.dm:
            return "pv_dm_concat" if self.dm_concat else "pv_dm"
        return "pv_dbow_words" if self.dbow_words else "pv_dbow"


class HasOptions:
    """A model with ``options``, each of which is an attribute of the model, too.

    A class names its dataclass as ``Options`` and is built with the same arguments.  ``model.epochs = 9``
    puts checked options in place of the present ones.
    """

    Options: ClassVar[type[Options]]

    def __init__(self, *given: Any, **named: Any) -> None:
        known = inspect.signature(self.Options).parameters
        for name in named.keys() - known.keys():
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise TypeError(f"{type(self).__name__}: unknown option {name!r}\n    hint: {hint}")
        self.options: Any = self.Options(*given, **named)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "Options" in vars(cls):
            cls.__signature__ = inspect.signature(cls.Options)  # type: ignore[attr-defined]
            for each in fields(cls.Options):
                setattr(cls, each.name, _option(each.name))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...


def _option(name: str) -> property:
    """One option as an attribute of the model."""

    def read(model: HasOptions) -> Any:
        return getattr(model.options, name)

    def write(model: HasOptions, value: Any) -> None:
        model.options = replace(model.options, **{name: value})

    return property(read, write)
