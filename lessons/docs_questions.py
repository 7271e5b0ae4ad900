"""Questions for vectors trained on Python's documentation: pairs of words in one relation, words to look up.

Each two pairs of a section make a question, as in questions-words.txt: ``row rows column columns`` asks for
the word that is to `column` as `rows` is to `row`.
"""

from __future__ import annotations

from itertools import permutations

PAIRS = {
    "singular and plural": """
        row rows, column columns, matrix matrices, axis axes, value values, array arrays, element
        elements, file files, point points, vector vectors, key keys, color colors, line lines,
        image images, index indices, node nodes""",
    "verb and third person": """
        return returns, compute computes, raise raises, create creates, set sets, contain contains,
        convert converts, draw draws, specify specifies, use uses, write writes, represent
        represents, allow allows, call calls""",
    "verb and past": """
        use used, return returned, compute computed, call called, give given, define defined, create
        created, specify specified, convert converted, draw drawn, write written, find found, raise
        raised, pass passed""",
    "opposites": """
        maximum minimum, max min, lower upper, left right, first last, true false, start stop, input
        output, positive negative, argmax argmin, top bottom, before after, row column, vmax vmin,
        xmax xmin""",
    "short and long name": """
        int integer, str string, dict dictionary, func function, char character, arg argument, dim
        dimension, var variance, std deviation, coef coefficient, bool boolean, attr attribute""",
    "x and y": """
        x y, xlabel ylabel, xlim ylim, xaxis yaxis, xmin ymin, horizontal vertical, width height,
        rows columns, xdata ydata""",
    "adjective and adverb": """
        independent independently, random randomly, implicit implicitly, explicit explicitly, direct
        directly, automatic automatically, uniform uniformly, numerical numerically, efficient
        efficiently""",
    "sine and cosine": "sine cosine, sin cos, sinh cosh, arcsin arccos, dst dct, idst idct",
    "real and complex": "rfft fft, irfft ifft, rfft2 fft2, irfft2 ifft2, rfftn fftn, irfftn ifftn",
}

# words whose neighbours a reader will recognise
PROBES = [
    "cosine",
    "median",
    "eigenvalue",
    "column",
    "matrix",
    "gaussian",
    "red",
    "string",
    "file",
    "minimum",
]
PROBES += ["thread", "derivative", "fourier", "dictionary"]


def docs_questions() -> dict[str, list[tuple[str, str, str, str]]]:
    """Return {section: [(a, b, c, d), ...]}, for `evaluate_analogies`."""
    sections = {}
    for title, text in PAIRS.items():
        pairs = [pair.split() for pair in text.split(",")]
        sections[title] = [(a, b, c, d) for (a, b), (c, d) in permutations(pairs, 2)]
    return sections
