"""What Numba is given: its cache keeps the names of classes, and cannot be read where one is gone."""

from __future__ import annotations

from cutaway.ext import embeddings
from cutaway.text import FastTextClassifier, Word2Vec, encode

SAYINGS = [
    "__label__yes good fine well",
    "__label__no bad poor ill",
    "__label__yes fine good",
    "__label__no ill",
] * 20


def test_compiled_functions_are_given_plain_tuples(monkeypatch, rng):
    vocabulary, tokens = encode([[f"w{n}" for n in rng.integers(0, 500, 60_000).tolist()]], 1)
    model = Word2Vec(dim=16, min_count=1, epochs=1, threads=2).fit_tokens(vocabulary, tokens, progress=False)
    given = {}

    def listen(kernel):
        compiled = kernel.find("numba")

        def spy(*arguments):
            types = (type(each) for each in arguments if isinstance(each, tuple))
            given.setdefault(kernel.name, set()).update(types)
            return compiled(*arguments)

        monkeypatch.setitem(kernel._found, "numba", spy)

    for kernel in (embeddings.average, embeddings.average_lines, embeddings.count_rows):
        listen(kernel)
    model.fit_tokens(vocabulary, tokens, progress=False)
    classifier = FastTextClassifier(dim=16, epochs=1, word_ngrams=2, buckets=500).fit(SAYINGS, progress=False)
    classifier.predict([line.split(" ", 1)[1] for line in SAYINGS])
    assert given == {
        "average": {tuple},
        "average_lines": {tuple},
        "count_rows": {tuple},
    }
