"""fastText reads our classifiers and we read its: the same labels, probabilities and vectors.

Skipped where it is not installed.
"""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import FastText, FastTextClassifier
from cutaway.text.classify.classifier_file import save
from cutaway.text.classify.load import load_any

pytestmark = pytest.mark.filterwarnings("ignore")  # the peer's own
KINDS = [
    {"loss": "softmax", "word_ngrams": 2, "min_n": 2, "max_n": 4},
    {"loss": "ns"},
    {"loss": "hs", "word_ngrams": 3},
    {"loss": "ova", "min_n": 3, "max_n": 3},
]
THEIR_NAME = {"word_ngrams": "wordNgrams", "min_n": "minn", "max_n": "maxn"}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(600):
        label = int(rng.choice(5, p=[0.4, 0.3, 0.15, 0.1, 0.05]))
        words = [f"т{label}ема{n}" for n in rng.integers(0, 20, 2)] + [
            f"word{n}" for n in rng.integers(0, 50, 4)
        ]
        rows.append(f"__label__n{label} " + " ".join(words))
    found = tmp_path_factory.mktemp("lines") / "lines"
    found.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return found


@pytest.fixture
def fasttext():
    return pytest.importorskip("fasttext", reason="the optional exchange tests need fasttext")


def expect_same(ours, theirs, path):
    lines = [line.partition(" ")[2] for line in path.read_text(encoding="utf-8").split("\n")[:100]]
    for line, found in zip(lines, ours.predict([*lines, "unseen words"], k=2), strict=False):
        expected = [(label, p) for p, label in theirs.f.predict(line + "\n", 2, 0.0, "strict")]
        np.testing.assert_allclose([p for _, p in found], [p for _, p in expected], rtol=1e-3, atol=2e-6)
        if len(expected) == 2 and expected[0][1] > expected[1][1] + 1e-5 > 1e-4:
            assert found[0][0] == expected[0][0]
    count, precision, recall = theirs.test(str(path))
    meter = ours.test(path)
    assert (meter.examples, meter.precision(), meter.recall()) == (count, precision, recall)
    for word in ("word1", "т1ема2", "unseen"):
        np.testing.assert_allclose(ours.vector(word), theirs.get_word_vector(word), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("options", KINDS, ids=lambda options: options["loss"])
def test_fasttext_reads_ours(fasttext, options, path, tmp_path):
    ours = FastTextClassifier(dim=10, alpha=0.3, buckets=500, **options).fit(path, progress=False)
    ours.save_bin(tmp_path / "m.bin")
    expect_same(ours, fasttext.load_model(str(tmp_path / "m.bin")), path)
    if ours.dictionary.grams.buckets:
        ours.quantise(dsub=3, qnorm=True, cutoff=300, retrain=path, progress=False)
        ours.save_bin(tmp_path / "m.ftz")
        expect_same(ours, fasttext.load_model(str(tmp_path / "m.ftz")), path)


def trained(fasttext, path, **options):
    """On small texts version 0.9.3 meets NaN in most runs, whatever the rate; another seed helps."""
    for seed in range(40):
        try:
            return fasttext.train_supervised(path, seed=seed, **options)
        except RuntimeError:
            continue
    return pytest.skip("fasttext met NaN with every seed")


@pytest.mark.parametrize("options", KINDS, ids=lambda options: options["loss"])
def test_we_read_fasttexts(fasttext, options, path, tmp_path):
    named = {THEIR_NAME.get(name, name): value for name, value in options.items()}
    how = {"dim": 10, "lr": 0.3, "bucket": 5000, "thread": 1, "verbose": 0}
    theirs = trained(fasttext, str(path), **how, **named)
    theirs.save_model(str(tmp_path / "m.bin"))
    expect_same(FastTextClassifier.load_bin(tmp_path / "m.bin"), theirs, path)
    if len(named) > 1:
        theirs.quantize(str(path), qnorm=True, cutoff=300, retrain=True, thread=1)
        theirs.save_model(str(tmp_path / "m.ftz"))
        expect_same(FastTextClassifier.load_bin(tmp_path / "m.ftz"), theirs, path)


@pytest.mark.parametrize("cutoff", [0, 400])
def test_quantised_word_vectors_go_to_fasttext(fasttext, cutoff, path, tmp_path):
    """Its own tool cannot write such files, but it reads them."""
    options = {"dim": 10, "buckets": 500, "epochs": 1, "min_count": 1, "sample": 0}
    FastText(**options).fit(path, progress=False).save_bin(tmp_path / "m.bin")
    ours = load_any(tmp_path / "m.bin").quantise(dsub=2, qnorm=True, cutoff=cutoff)
    save(ours, tmp_path / "m.ftz")
    theirs = fasttext.load_model(str(tmp_path / "m.ftz"))
    assert theirs.words == ours.words
    for word in ("word1", "т1ема2", "unseen", "</s>"):
        np.testing.assert_allclose(ours.vector(word), theirs.get_word_vector(word), rtol=1e-4, atol=1e-7)
    for line in ("word1 word2", "unseen word3"):
        np.testing.assert_allclose(
            ours.sentence_vector(line), theirs.get_sentence_vector(line), rtol=1e-4, atol=1e-7
        )
    vectors = ours.vectors
    near = [each for each in vectors.most_similar(ours.vector("word1"), topn=6) if each[0] != "word1"][:5]
    expected = theirs.get_nearest_neighbors("word1", 5)
    np.testing.assert_allclose([cosine for _, cosine in near], [cosine for cosine, _ in expected], atol=1e-4)
