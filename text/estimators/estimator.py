"""The part of an estimator that all have: parameters by name, and a word to scikit-learn on what it is.

scikit-learn looks for methods, not for its own base class: it is not imported here, except in its own call of
`__sklearn_tags__`, by which it is there.

Source: scikit-learn's guide "Developing scikit-learn estimators".
"""

from __future__ import annotations

import difflib
import inspect
from importlib import import_module
from typing import Any, ClassVar, Self


class Estimator:
    """Parameters are what ``__init__`` takes; each is kept, as it was given, under its own name.

    >>> class Scale(Estimator):
    ...     def __init__(self, factor=2.0, offset=0.0):
    ...         self.factor, self.offset = factor, offset
    >>> Scale(factor=3.0).set_params(offset=1.0)
    Scale(factor=3.0, offset=1.0)
    """

    KIND: ClassVar[str] = "transformer"  # or "classifier"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return {parameter: value}; ``deep`` is scikit-learn's and changes nothing here."""
        del deep
        return {name: getattr(self, name) for name in _defaults(type(self))}

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters; what was learnt stays as it is until the next `fit`.

        Raises
        ------
        ValueError : a parameter that there is not (names the nearest that there is), or an unfit value.
        """
        known = _defaults(type(self))
        for name in parameters:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"\n    hint: {near[0]}?" if near else f"\n    hint: one of {', '.join(known)}"
                raise ValueError(f"{type(self).__name__}: no parameter {name!r}{hint}")
        type(self)(**{**self.get_params(), **parameters})  # says whether the values can be
        for name, value in parameters.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = _defaults(type(self))
        changed = {name: value for name, value in self.get_params().items() if value is not defaults[name]}
        shown = (
            f"{name}={getattr(value, '__name__', None) or repr(value)}"
            for name, value in changed.items()
            if value != defaults[name]
        )
        return f"{type(self).__name__}({', '.join(shown)})"

    def __sklearn_is_fitted__(self) -> bool:
        """Was there a `fit`?  It leaves attributes besides the parameters."""
        return bool(vars(self).keys() - _defaults(type(self)).keys())

    def __sklearn_tags__(self) -> Any:
        """Answer scikit-learn's question on what this takes and gives."""
        tags = import_module("sklearn.utils")
        is_classifier = self.KIND == "classifier"
        return tags.Tags(
            estimator_type="classifier" if is_classifier else None,
            target_tags=tags.TargetTags(required=is_classifier),
            transformer_tags=None if is_classifier else tags.TransformerTags(),
            classifier_tags=tags.ClassifierTags() if is_classifier else None,
            input_tags=tags.InputTags(one_d_array=True, two_d_array=False, string=True),
        )


def _defaults(kind: type) -> dict[str, Any]:
    """The parameters of a kind of estimator and what they are if nothing is said."""
    parameters = inspect.signature(kind).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters}


def texts_of(given: Any, asked_by: str) -> Any:
    """Return several texts as they came, or raise TypeError if it is a single one."""
    if isinstance(given, str | bytes):
        raise TypeError(f"{asked_by}: expected several texts, got one str\n    hint: pass [{given[:20]!r}]")
    return given
