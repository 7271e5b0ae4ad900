"""The compiled loops do what their reference twins say: same random stream, same vectors.

30 words, so noise often repeats itself or hits the word; odd sizes; every file of the loop is in one case.
"""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.ext.embeddings import tables, text_loop
from cutaway.ext.embeddings.codegen import settings
from cutaway.ext.embeddings.hierarchical_softmax import huffman
from cutaway.ext.embeddings.specialise import jit as specialise

WORDS, GRAMS = 30, 20
CASES = {
    "skip-gram": {},
    "skip-gram, shared": {"shared": True},
    "CBOW": {"cbow": True},
    "CBOW, shared": {"shared": True, "cbow": True},
    "CBOW, tree": {"output": "tree", "cbow": True},
    "skip-gram, softmax": {"output": "softmax"},
    "skip-gram, subwords": {"subwords": True},
    "skip-gram, subwords, shared": {"subwords": True, "shared": True},
    "CBOW, subwords": {"subwords": True, "cbow": True},
    "CBOW, subwords, shared": {"subwords": True, "cbow": True, "shared": True},
    "CBOW, subwords, tree": {"subwords": True, "cbow": True, "output": "tree"},
    "skip-gram, tree": {"output": "tree"},
}


def corpus(rng, sentences=40, longest=25):
    """Token ids of random sentences, frequent words first, and their counts."""
    pieces = [np.minimum(rng.geometric(0.15, rng.integers(0, longest)), WORDS - 1) for _ in range(sentences)]
    tokens = np.concatenate([np.append(piece, 0) for piece in pieces]).astype(np.int32)
    return tokens, np.bincount(tokens, minlength=WORDS)


def subword_table(rng):
    """Each word's own row and up to 4 rows of n-grams, none twice."""
    rows = [np.append(w, WORDS + rng.permutation(GRAMS)[: rng.integers(0, 5)]) for w in range(WORDS)]
    return np.cumsum([0, *map(len, rows)]), np.concatenate(rows).astype(np.int32)


def run(loop, tokens, counts, dim, output="negative", subwords=(), negative=5):
    """Train two epochs; returns v, v', the generator's state and the counter."""
    v, _ = tables.first_vectors(WORDS + GRAMS * bool(subwords), dim, 3)
    vp = np.zeros((WORDS, v.shape[1]), np.float32)
    noise, keep = tables.noise_table(counts, size=1 << 12), tables.keep_probability(counts, 0.05)
    looked_up = {"negative": (noise, negative), "tree": huffman.paths(counts), "softmax": ()}[output]
    done, random = np.zeros(2, np.int64), 7
    for _ in range(2):
        place = (keep, done, 1, 2 * len(tokens), 0.3)
        random = loop(tokens, 0, len(tokens), random, v, vp, looked_up, subwords, *place)
    return v, vp, int(random), done.tolist()


@pytest.mark.parametrize("name", CASES)
def test_compiled_loop_equals_reference(name, rng):
    options, dim = CASES[name], 19
    tokens, counts = corpus(rng)
    data = options.get("output", "negative"), subword_table(rng) if options.get("subwords") else ()
    with dispatch.use("reference"):
        expected = run(text_loop(dim, 3, 5, **options), tokens, counts, dim, *data)
    found = run(text_loop(dim, 3, 5, **options), tokens, counts, dim, *data)
    assert found[2:] == expected[2:], "the random streams parted"
    assert found[3] == [0, 2 * len(tokens)]
    for a, b in zip(found[:2], expected[:2], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-2)  # of the sigmoid's table; see below
        assert np.abs(b).max() > 0.1, "nothing was learnt"
        assert not a[:, dim:].any(), "the padding must stay zero"


def test_with_a_finer_sigmoid_they_agree_more_closely(rng, monkeypatch, tmp_path):
    """The table's steps hide small differences: compile once more with a table 32 times finer."""
    tokens, counts = corpus(rng)
    with dispatch.use("reference"):
        expected = run(text_loop(1, 1, 7), tokens, counts, 1, negative=7)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    bins = 1 << 16
    middle = ((np.arange(bins) + 0.5) / bins * 2 - 1) * 8
    monkeypatch.setattr(settings, "SIGMOID", (1 / (1 + np.exp(-middle))).astype(np.float32))
    monkeypatch.setattr(settings, "SIGMOID_BINS", bins)
    monkeypatch.setattr(settings, "BINS_PER_UNIT", np.float32(bins / 16))
    fine = run(specialise.text_loop.__wrapped__("skipgram", "negative", 1, 1, 7), tokens, counts, 1)
    assert fine[2] == expected[2]
    np.testing.assert_allclose(fine[0], expected[0], rtol=0, atol=2e-4)


def test_nan_does_not_crash_the_loop(rng):
    tokens, counts = corpus(rng)
    v, vp = tables.first_vectors(WORDS, 19, 3)
    v[:] = np.nan
    looked_up, keep = (tables.noise_table(counts), 5), tables.keep_probability(counts)
    place = (keep, np.zeros(1, np.int64), 0, 1, 0.1)
    text_loop(19, 3, 5)(tokens, 0, len(tokens), 1, v, vp, looked_up, (), *place)
    assert np.isnan(v[1]).any()


def test_unknown_outputs_are_refused():
    with pytest.raises(ValueError, match=r"expected output in .* got 'hs'"):
        text_loop(10, 5, output="hs")
    with pytest.raises(ValueError, match="shared only with 'negative'"):
        text_loop(10, 5, output="tree", shared=True)


def test_sigmoid_table(rng):
    x = rng.uniform(-12, 12, 2000).astype(np.float32)
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    loop = settings.sigmoid
    assert max(abs(loop(each) - e) for each, e in zip(x, exact, strict=True)) < 1.1e-3
    assert 0 < loop(np.float32(-1e30)) < loop(np.float32(0)) < loop(np.float32(1e30)) < 1
