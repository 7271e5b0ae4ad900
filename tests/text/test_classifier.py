"""FastText's classifier: what it learns, how it is measured, what its files hold, and files made to hurt."""

from __future__ import annotations

import copy
import gzip
import itertools
import pickle
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cutaway.ext import kernels
from cutaway.text import FastTextClassifier, WordVectors
from cutaway.text.classify.classifier import read_text
from cutaway.text.classify.label_probabilities import Predictions
from cutaway.text.classify.precision_recall import Meter
from cutaway.text.classify.word_table import Words, blocks
from cutaway.text.files import fasttext_bin
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TOPICS = ("bats", "boats", "bread")


@pytest.fixture(scope="module")
def lines():
    """Each topic has 40 words of its own; every line has noise too, and the last 200 are for testing."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(1200):
        topic = rng.choice(TOPICS, p=[0.5, 0.3, 0.2])
        words = [f"{topic}{n}" for n in rng.integers(0, 40, 3)] + [f"w{n}" for n in rng.integers(0, 60, 5)]
        made.append(f"__label__{topic} {' '.join(rng.permutation(words))}")
    return made


def model(**options):
    return FastTextClassifier(**{"dim": 10, "alpha": 0.5, "buckets": 1000, **options})


@pytest.fixture(scope="module")
def fitted(lines):
    return model(word_ngrams=2, min_n=2, max_n=3).fit(lines[:1000], progress=False)


@pytest.mark.parametrize("loss", ["softmax", "ns", "hs", "ova"])
def test_every_loss_learns(loss, lines):
    trained = model(loss=loss, word_ngrams=2).fit(lines[:1000], progress=False)
    assert [entry["epoch"] for entry in trained.history] == [1, 2, 3, 4, 5]
    assert trained.history[-1]["loss"] < 0.3 * trained.history[0]["loss"]
    assert trained.test(lines[1000:]).precision() > 0.97
    assert sorted(trained.labels) == [f"__label__{topic}" for topic in sorted(TOPICS)]
    probabilities = [p for _, p in trained.predict(lines[0], k=-1)]
    assert probabilities == sorted(probabilities, reverse=True)
    if loss in ("softmax", "hs"):
        assert sum(probabilities) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("loss", ["softmax", "ns"])
def test_deterministic_threads(loss, lines):
    runs = [
        model(loss=loss, word_ngrams=2, deterministic=True, threads=n).fit(lines[:1000], progress=False)
        for n in (1, 3)
    ]
    assert np.array_equal(runs[0].v, runs[1].v)
    assert np.array_equal(runs[0].vp, runs[1].vp)
    assert runs[0].test(lines[1000:]).precision() > 0.95
    hogwild = model(word_ngrams=2, threads=2).fit(lines[:1000], progress=False)
    assert hogwild.test(lines[1000:]).precision() > 0.95
    seeds = [model(seed=seed).fit(lines[:50], progress=False).v for seed in (1, 1, 2)]
    assert np.array_equal(seeds[0], seeds[1])
    assert not np.array_equal(seeds[0], seeds[2])


def test_a_line_is_the_mean_of_its_rows(fitted):
    """Known and unknown words, </s>, character and word n-grams; labels in the line are no words."""
    book, reader = fitted.dictionary, fitted.reader
    tokens, _, kinds = reader.read(b"__label__bats bats1 nosuchword __label__what\n")
    rows = [row for t in tokens for row in kinds.rows[kinds.starts[t] : kinds.starts[t + 1]]]
    hashed = [int(kinds.hashes[t]) for t in (tokens[1], tokens[2], tokens[4])]
    pairs = [(a * 116049371 + b) % 2**64 % book.grams.buckets for a, b in itertools.pairwise(hashed)]
    rows += book.place[pairs].tolist()
    seen = fitted.read(b"__label__bats bats1 nosuchword __label__what\n")
    np.testing.assert_allclose(seen.h[0], fitted.v[rows].mean(0), rtol=1e-5)
    assert seen.counts.tolist() == [len(rows)]
    assert seen.gold.tolist() == [[0, book.label[b"__label__bats"]]]
    assert rows[0] == book.row[b"bats1"]


def test_lines_without_words_or_labels(lines):
    trained = model(max_n=0).fit(lines[:100], progress=False)
    trained.set_matrices(trained.dictionary, trained.v, trained.vp)
    meter = trained.test(["no label", "__label__unknown bats1", "__label__bats bats1", ""])
    assert meter.examples == 1
    assert trained.predict(["", "bats1"])[0] != [], "</s> is a word"
    assert trained.predict([]) == []
    assert trained.predict("bats1", threshold=1.1) == []


def test_a_file_is_read_as_its_lines(lines, tmp_path):
    text = "\n".join(lines) + "\n"
    (tmp_path / "plain").write_text(text)
    with gzip.open(tmp_path / "packed.gz", "wt") as file:
        file.write(text)
    seen, tokens = read_text(lines)
    for path in (tmp_path / "plain", str(tmp_path / "packed.gz")):
        other, same = read_text(path)
        assert np.array_equal(tokens, same)
        assert seen[len(seen) - 1] == other[len(other) - 1]
    assert b"".join(blocks(tmp_path / "plain")).decode() == text
    (tmp_path / "cut.gz").write_bytes((tmp_path / "packed.gz").read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"cut\.gz: expected labelled text"):
        read_text(tmp_path / "cut.gz")


def test_the_table_of_words_grows():
    words = Words()
    text = " ".join(f"word{n % 9000} é{n}" for n in range(20_000)).encode()
    tokens = words.read(text)
    assert [words[int(t)] for t in tokens] == text.split(), "each number stands for its word"
    assert len(words) == 9000 + 20_000 + 1
    assert np.array_equal(words.read(text), tokens)


def test_measures():
    """Two lines, one with two labels; worked by hand."""
    meter = Meter(["a", "b", "c"])
    found = Predictions(np.array([[0, 1], [2, 0]]), np.float32([[0.9, 0.1], [0.6, 0.3]]), np.array([2, 1]))
    meter.add(found, np.array([[0, 0], [1, 0], [1, 2]]))
    assert (meter.examples, meter.precision(), meter.recall(), meter.f1()) == (2, 2 / 3, 2 / 3, 2 / 3)
    assert (meter.precision("a"), meter.recall("a"), meter.f1("a")) == (1, 0.5, 2 / 3)
    assert meter.precision("b") == 0
    assert np.isnan(meter.recall("b"))
    assert meter.curve() == [(1, 1 / 3), (1, 2 / 3), (2 / 3, 2 / 3), (1, 0)]
    assert meter.precision_at_recall(0.5) == 1
    assert meter.precision_at_recall(0.9) == 0
    assert meter.recall_at_precision(0.9) == pytest.approx(2 / 3)
    assert meter.recall_at_precision(0.9, "b") == 0
    with pytest.raises(ValueError, match="no label 'd'; the labels are a, b, c"):
        meter.precision("d")


def test_pretrained_vectors_are_where_training_begins(lines):
    common = Counter(word for line in lines[:20] for word in line.split()[1:]).most_common(1)[0][0]
    known = WordVectors([common, "elsewhere"], np.full((2, 10), 3.0))
    trained = model(alpha=1e-9).fit(lines[:20], progress=False, pretrained=known)
    np.testing.assert_allclose(trained.vector(common), 3, atol=1e-6)
    np.testing.assert_allclose(trained.vector("elsewhere"), 3, atol=1e-6)
    with pytest.raises(ValueError, match="expected vectors of dim=10 numbers, came 4"):
        model().fit(lines, progress=False, pretrained=WordVectors(["a"], np.ones((1, 4))))


def test_callbacks_stop_early_and_nan_is_told(lines):
    def stop(m):
        m.stop = m.test(lines[1000:]).precision() > 0.9

    stopped = model(epochs=50).fit(lines[:1000], progress=False, callbacks=[stop])
    assert 1 <= stopped.epoch < 20
    assert stopped.test(lines[1000:]).precision() > 0.9
    with pytest.raises(
        FloatingPointError, match=r"NaN in epoch \d+\n.*lower alpha \(it was .*; 0.1 to 1 is usual"
    ):
        model(alpha=100, epochs=60).fit(["__label__a b b b", "__label__b b b b"] * 50, progress=False)


@pytest.mark.parametrize(
    ("options", "text", "complaint"),
    [
        ({}, ["no labels here"], "expected lines that begin with a label, such as '__label__name words"),
        ({"min_count": 3}, ["__label__a b"], "no word is seen 3 times"),
        ({"loss": "ns"}, ["__label__a b"], "negative sampling needs 2 labels"),
        ({"loss": "sigmoid"}, [], "loss is one of softmax, ns, hs, ova, got 'sigmoid'"),
        ({"word_ngrams": 0}, [], "word_ngrams is a whole number"),
    ],
)
def test_mistakes_are_told(options, text, complaint):
    with pytest.raises(ValueError, match=complaint):
        model(**options).fit(text, progress=False)


@pytest.fixture(params=["bin", "ftz"])
def saved(request, fitted, lines, tmp_path):
    path = tmp_path / f"m.{request.param}"
    small = fitted
    if request.param == "ftz":
        small = model(word_ngrams=2, min_n=2, max_n=3).fit(lines[:1000], progress=False)
        small.quantise(dsub=3, qnorm=True, cutoff=400, retrain=lines[:1000], progress=False)
    small.save_bin(path)
    return small, path


def test_files_come_back(saved, lines):
    small, path = saved
    back = FastTextClassifier.load_bin(path)
    assert back.labels == small.labels
    assert back.words == small.words
    assert back.predict(lines[1000:], k=3) == small.predict(lines[1000:], k=3)
    np.testing.assert_allclose(back.vector("bats1"), small.vector("bats1"), rtol=1e-5)
    assert back.quantised == (path.suffix == ".ftz")
    again = path.with_name("again")
    back.save_bin(again)
    assert fasttext_bin.read_any(again, "supervised").words == fasttext_bin.read_any(path).words
    assert back.test(lines[1000:]).precision() > 0.95


def test_quantised_is_smaller_and_as_good(fitted, saved, lines):
    small, path = saved
    if path.suffix == ".ftz":
        assert path.stat().st_size < 30_000
        assert len(small.v) <= 400
        assert b"</s>" in small.dictionary.row
        with pytest.raises(ValueError, match="is quantised already"):
            small.quantise()
    with pytest.raises(ValueError, match="expected at least 256 rows"):
        model().fit(lines[:3], progress=False).quantise()


def test_old_files_have_no_subwords(saved):
    """Version 11 of a supervised model: maxn counts as 0."""
    content = bytearray(saved[1].read_bytes())
    content[4] = 11
    saved[1].write_bytes(content)
    assert FastTextClassifier.load_bin(saved[1]).max_n == 0


def test_hostile_sizes_allocate_nothing(saved):
    _, path = saved
    content = path.read_bytes()
    place = content.index(fasttext_bin.SHAPE.pack(*(fasttext_bin.read_any(path).input.shape)))
    for bad in (
        content[:place] + fasttext_bin.SHAPE.pack(1 << 40, 10) + content[place + 16 :],
        content[:64] + b"\xff\xff\xff\x7f" + content[68:],
        content[:40] + b"\xff\xff\xff\x7f" + content[44:],
    ):
        path.write_bytes(bad)
        tracemalloc.start()
        with pytest.raises(ValueError, match=r"byte [\d,]+: expected"):
            FastTextClassifier.load_bin(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 << 20


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_cut_or_changed_files_never_crash(saved, tmp_path, data):
    content = bytearray(saved[1].read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "fuzzed"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    assert read_or_complain(path)


def read_or_complain(path):
    """Did the file give a model that predicts, or an error that names the byte or the option?"""
    try:
        back = FastTextClassifier.load_bin(path)
    except ValueError as error:
        return "fuzzed: byte " in str(error) or "FastTextClassifier: " in str(error)
    with np.errstate(all="ignore"):
        return isinstance(back.predict("bats1 w3 w4"), list)


@pytest.mark.parametrize("kernels_of", ["reference", "numba"])
@pytest.mark.parametrize("loss", ["softmax", "ova", "hs"])
def test_one_line_is_predicted_as_many_are(loss, kernels_of):
    """The way for a single line is another one: same labels, same probabilities, new and no words included."""
    lines = [f"__label__{'abcd'[n % 4]} w{n % 4} x{n % 3} y{n % 5} w{n % 7}" for n in range(80)]
    model = FastTextClassifier(dim=9, loss=loss, epochs=6, alpha=0.4, word_ngrams=2, max_n=3, min_n=2)
    model.fit(lines, progress=False)
    asked = ["w1 x2", "w2 w2 y1", "", "  ", "never seen w3", "w3\nw2", "__label__a x1", "неведомое w0"] * 2
    with kernels.use(kernels_of):
        for k, threshold in ((1, 0.0), (3, 0.2), (9, 0.0), (-1, 0.5)):
            many = model.predict(asked, k, threshold)
            for line, expected in zip(asked, many, strict=True):
                found = model.predict(line, k, threshold)
                assert [name for name, _ in found] == [name for name, _ in expected]
                assert [p for _, p in found] == pytest.approx([p for _, p in expected], abs=1e-6)


def test_threads_may_ask_at_once():
    """Each thread meets words that are new to the model, in an order of its own; all get what one alone gets."""
    lines = [f"__label__{'abcd'[n % 4]} w{n % 4} x{n % 3} y{n % 5} w{n % 7}" for n in range(80)]

    def trained():
        return FastTextClassifier(dim=9, epochs=6, alpha=0.4, max_n=3, min_n=2).fit(lines, progress=False)

    asked = [f"w{n % 7} new{n} x{n % 5} more{n % 40}" for n in range(300)]
    alone, model = trained(), trained()
    expected = dict(zip(asked, alone.predict(asked), strict=True))

    def ask(thread):
        rng = np.random.default_rng(thread)
        some = [asked[n] for n in rng.integers(0, len(asked), 400)]
        return [(line, model.predict(line)) for line in some] + list(
            zip(some, model.predict(some), strict=True)
        )

    with ThreadPoolExecutor(8) as pool:
        for line, found in itertools.chain.from_iterable(pool.map(ask, range(8))):
            assert found[0][0] == expected[line][0][0]
            assert found[0][1] == pytest.approx(expected[line][0][1], abs=1e-6)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_model_that_was_asked_can_be_copied(copied):
    """Also for another process: a copy answers alike, and is a model of its own."""
    lines = [f"__label__{'ab'[n % 2]} w{n % 2} x{n % 3}" for n in range(60)]
    model = FastTextClassifier(dim=8, epochs=8, alpha=0.5).fit(lines, progress=False)
    ((label, p),) = model.predict("w1 x2")
    other = copied(model)
    assert other.predict("w1 x2") == [(label, pytest.approx(p))] == [("__label__b", pytest.approx(p))]
    other.vp = -other.vp
    assert other.predict("w1 x2")[0][0] == "__label__a"
    assert model.predict("w1 x2") == [(label, pytest.approx(p))]


def test_one_line_follows_the_model():
    """What is put together for single lines is put together again when the model is another one."""
    lines = [f"__label__{'ab'[n % 2]} w{n % 2} x{n % 3}" for n in range(60)]
    model = FastTextClassifier(dim=8, epochs=8, alpha=0.5).fit(lines, progress=False)
    assert model.predict("w1 x2")[0][0] == "__label__b"
    model.vp = -model.vp
    assert model.predict("w1 x2")[0][0] == "__label__a"
    assert model.predict("w1 x2 neither") == model.predict(["w1 x2 neither"])[0]
    swapped = [line.translate({ord("0"): "1", ord("1"): "0"}) for line in lines]
    assert model.fit(swapped, progress=False).predict("w1 x2")[0][0] == "__label__a"


@pytest.mark.parametrize("word", ["one two", "", " cat", "cat\n", b"a b"])
def test_a_vector_is_of_one_word(word):
    model = FastTextClassifier(dim=4, buckets=100).fit(
        ["__label__x cat", "__label__y dog"] * 9, progress=False
    )
    with pytest.raises(ValueError, match="expected one word, came"):
        model.vector(word)
    assert model.vector("cat").any()
