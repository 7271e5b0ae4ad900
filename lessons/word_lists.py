"""What the stories about words ask: of Python's documentation, and of an encyclopedia or any
other English text.
"""

from __future__ import annotations

from dataclasses import dataclass

Words = tuple[str, ...]


@dataclass(frozen=True)
class WordLists:
    """The questions for one kind of text.

    Attributes
    ----------
    probes : words whose neighbours a reader will recognise.
    groups : words of one kind, by kind, for the map.
    analogies : (a, b, c, d): a is to b as c is to d.
    sums : two words whose sum is looked up.
    kinds, pairs : names of the two sides, and pairs of one relation, for the picture with dashed joins.
    gaps : sentences with a gap.
    alike : two texts that say much the same and share no word.
    typos : (typo, word).
    unseen : words that are sensible and not in the text.
    relatives : two words that share parts, for the picture of n-grams.
    ratio : two words, and words that are near one of them, near both, or near neither.
    """

    probes: Words
    groups: dict[str, Words]
    analogies: tuple[Words, ...]
    sums: tuple[tuple[str, str], ...]
    kinds: tuple[str, str]
    pairs: tuple[tuple[str, str], ...]
    gaps: Words
    alike: tuple[tuple[str, str], ...]
    typos: tuple[tuple[str, str], ...]
    unseen: Words
    relatives: tuple[str, str]
    ratio: tuple[str, str, Words]


def _pairs(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(words.split()) for words in text.split(","))


DOCS = WordLists(
    probes=("cosine", "median", "eigenvalue", "column", "gaussian", "integer", "red", "string", "thread"),
    groups={
        "angles": ("sine", "cosine", "tangent", "hyperbolic", "radians", "degrees"),
        "statistics": ("mean", "median", "variance", "deviation", "percentile", "skewness"),
        "matrices": ("matrix", "eigenvalues", "singular", "hermitian", "triangular", "diagonal"),
        "colours": ("red", "green", "blue", "black", "white", "gray"),
        "numbers": ("int", "float", "complex", "integer", "double", "unsigned"),
        "files": ("file", "directory", "filename", "path", "folder", "stream"),
    },
    analogies=_pairs(
        "max maximum min minimum, row rows column columns, matrix matrices eigenvalue eigenvalues, left "
        "right lower upper, str string int integer, sine cosine sin cos, rfft fft irfft ifft, start stop "
        "first last, random randomly automatic automatically"
    ),
    sums=_pairs(
        "web server, day week, thread lock, signal frequency, file compressed, mail protocol, line dashed"
    ),  # type: ignore[arg-type]
    kinds=("verb", "past form"),
    pairs=_pairs(
        "return returned, compute computed, call called, define defined, create created, specify specified, "
        "convert converted, pass passed, raise raised, write written, draw drawn"
    ),  # type: ignore[arg-type]
    gaps=(
        "the inverse ___ transform of a signal",
        "open the ___ for reading and return its contents",
        "the mean and ___ of a normal distribution",
        "raise an ___ if the key is not found",
        "the width and ___ of the figure in inches",
        "the default value is ___",
        "the number of ___ in the histogram",
    ),
    alike=(
        ("find the largest element", "its maximum value"),
        ("remove a file", "delete this path from disk"),
        ("draw a picture in a window", "plot an image on the screen"),
        ("solve linear equations", "the inverse of a matrix"),
        ("wait for a thread to finish", "block until another process ends"),
        ("random numbers of the normal distribution", "draw samples that are gaussian"),
        ("raise an error for bad input", "throw exceptions if arguments are invalid"),
        ("convert text to integers", "parse strings into numbers"),
    ),
    typos=_pairs(
        "eigenvlaue eigenvalue, polynomail polynomial, frequnecy frequency, arrray array, covarainces "
        "covariances, histgram histogram"
    ),  # type: ignore[arg-type]
    unseen=("unpickleable", "reshapeable", "hyperplanes", "symmetrize"),
    relatives=("polynomials", "polynomail"),
    ratio=("file", "matrix", ("open", "directory", "sparse", "eigenvalues", "size", "the", "method")),
)

WIKI = WordLists(
    probes=("river", "physics", "king", "music", "paris", "football", "winter", "island", "computer"),
    groups={
        "countries": ("france", "germany", "italy", "spain", "russia", "japan", "china", "poland"),
        "capitals": ("paris", "berlin", "rome", "madrid", "moscow", "tokyo", "beijing", "warsaw"),
        "family": ("king", "queen", "father", "mother", "brother", "sister"),
        "seasons": ("winter", "summer", "spring", "autumn"),
        "science": ("physics", "chemistry", "biology", "mathematics"),
    },
    analogies=_pairs(
        "france paris germany berlin, france paris italy rome, france paris russia moscow, germany berlin "
        "japan tokyo, man woman king queen, father mother brother sister, he she his her, good better bad "
        "worse, city cities country countries"
    ),
    sums=_pairs(  # type: ignore[arg-type]
        "czech currency, vietnam capital, german airlines, russian river, french actress"
    ),
    kinds=("country", "capital"),
    pairs=_pairs(
        "china beijing, russia moscow, japan tokyo, turkey ankara, poland warsaw, germany berlin, france "
        "paris, italy rome, greece athens, spain madrid, portugal lisbon"
    ),  # type: ignore[arg-type]
    gaps=(
        "the capital of ___ is paris",
        "he was born in ___ and died in london",
        "the ___ flows into the sea",
        "she is an american ___ and singer",
        "the film won the academy ___ for best picture",
        "a ___ is a large animal that lives in africa",
        "the second world ___ ended in the year",
    ),
    alike=(
        ("the king died in battle", "a monarch was killed during war"),
        ("she sings popular songs", "her music became famous"),
        ("rivers flow into the sea", "water runs from mountains to an ocean"),
        ("he plays football for the club", "a striker who scored goals with this team"),
        ("scientists study the stars", "astronomers observe galaxies and planets"),
        ("the movie got an award", "that film won prizes"),
        ("a train leaves the station", "railway trips start here"),
        ("children learn at school", "students and teachers of a college"),
    ),
    typos=_pairs(
        "goverment government, begining beginning, recieve receive, footbal football, univeristy university, "
        "enviroment environment"
    ),  # type: ignore[arg-type]
    unseen=("unscientificness", "riverlike", "footballish", "photographically"),
    relatives=("governments", "goverment"),
    ratio=("river", "king", ("valley", "flows", "throne", "queen", "the", "great", "football")),
)
