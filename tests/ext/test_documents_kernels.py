"""Paragraph vectors: one update is the engine's gradient of the loss; compiled loops equal their twins."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.ext.embeddings import document_inference, document_loop, tables
from cutaway.ext.embeddings.hierarchical_softmax import huffman
from cutaway.ext.embeddings.negative_sampling import reference as negative_reference
from cutaway.ext.embeddings.paragraph_vectors import reference as documents_reference
from cutaway.text.embeddings.doc2vec_training import document_starts

WORDS, DIM, WINDOW, RATE = 30, 19, 2, 0.05
NOISE = np.arange(1, 9, dtype=np.int32)


@pytest.mark.parametrize("architecture", ["pv_dm", "pv_dm_concat", "pv_dbow"])
def test_one_update_is_the_gradient(architecture, rng):
    """Of -log sigma(v'_O . h) - sum log sigma(-v'_i . h), with h a mean, a concatenation, or the document."""
    pieces = 2 * WINDOW + 1 if architecture == "pv_dm_concat" else 1
    v, vp, d = rng.normal(size=(9, 6)), rng.normal(size=(9, 6 * pieces)), rng.normal(size=6)
    state, noise = next(
        (state, drawn) for state in range(99) if len(drawn := draws(architecture, state)) == 3
    )
    word, near = [w for w in range(1, 9) if w not in noise][:2]
    sentence = [word] if architecture == "pv_dbow" else [word, near]
    target = [word, *noise]
    moved = v.copy(), vp.copy(), d.copy()
    given = (*moved[:2], negative_reference.learn, (NOISE, 3), False)
    step = getattr(documents_reference, architecture)
    tensors = [cutaway.tensor(each, requires_grad=True) for each in (v, vp, d)]
    signs = np.array([1.0, -1, -1, -1])
    context = {"pv_dm": [near], "pv_dm_concat": [0, 0, near, 0], "pv_dbow": []}[architecture]
    if architecture == "pv_dm":
        h = (tensors[2] + tensors[0][near]) / 2
    elif architecture == "pv_dm_concat":
        h = cutaway.concat([tensors[2], *(tensors[0][word] for word in context)])
    else:
        h = tensors[2] * 1
    (-cutaway.log(cutaway.sigmoid((tensors[1][target] @ h) * signs)).sum()).backward()
    step_on_first_word(step, sentence, moved[2], state, given)
    share = 2 if architecture == "pv_dm" else 1  # the whole error goes to each vector of a mean
    np.testing.assert_allclose(moved[2] - d, -RATE * share * tensors[2].grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(moved[1] - vp, -RATE * tensors[1].grad.numpy(), atol=1e-12)
    if context:
        np.testing.assert_allclose(moved[0] - v, -RATE * share * tensors[0].grad.numpy(), atol=1e-12)
    assert np.abs(moved[2] - d).max() > 1e-3


def draws(architecture, state):
    """The different noise words of the first example."""
    if architecture == "pv_dm":
        _, state = documents_reference.draw_window(0, [1, 2], WINDOW, state)
    return list(dict.fromkeys(negative_reference.draw(state, NOISE, 3)[0]))


def step_on_first_word(step, sentence, document, state, given):
    """Let only the first word of the sentence be predicted: the rate of the second is 0."""
    rates = iter([RATE] + [0.0] * len(sentence))
    v, vp, learn, tables_, fixed = given

    def once(h, word, random, rate, vp, *looked_up):
        return learn(h, word, random, next(rates), vp, *looked_up)

    step(sentence, document, state, RATE, WINDOW, v, vp, once, tables_, fixed)


CASES = {
    "PV-DM": ("negative", "pv_dm"),
    "PV-DM, concat": ("negative", "pv_dm_concat"),
    "PV-DBOW with words": ("negative", "pv_dbow_words"),
    "PV-DBOW, tree": ("tree", "pv_dbow"),
}


def corpus(rng, sentences=40):
    """Documents, some empty, one longer than what the loop takes for a sentence; frequent words first."""
    lengths = rng.integers(0, 25, sentences)
    lengths[7] = 1500
    pieces = [np.minimum(rng.geometric(0.15, length), WORDS - 1) for length in lengths]
    tokens = np.concatenate([np.append(piece, 0) for piece in pieces]).astype(np.int32)
    return tokens, np.bincount(tokens, minlength=WORDS)


def run(tokens, counts, output, architecture, fixed=False):
    v, _ = tables.first_vectors(WORDS, DIM, 3)
    v[:, :DIM] *= 10
    d, _ = tables.first_vectors(len(document_starts(tokens)), DIM, 4)
    pieces = 2 * WINDOW + 1 if architecture == "pv_dm_concat" else 1
    vp = np.zeros((WORDS, tables.stride(DIM * pieces)), np.float32)
    vp[:, : DIM * pieces] = np.random.default_rng(1).normal(size=(WORDS, DIM * pieces))
    noise, keep = tables.noise_table(counts, size=1 << 12), tables.keep_probability(counts, 0.3)
    looked_up = {"negative": (noise, 5), "tree": huffman.paths(counts)}[output]
    loop = document_loop(DIM, WINDOW, 5, output, architecture, fixed)
    done, random = np.zeros(2, np.int64), 7
    for start, stop in ((0, 150), (150, len(tokens)))[: len(tokens)]:  # in the middle of a document
        given = (
            looked_up,
            (document_starts(tokens), np.arange(len(d)), d),
            keep,
            done,
            1,
            2 * len(tokens),
            0.05,
        )
        random = loop(tokens, start, stop, random, v, vp, *given)
    return v, vp, d, int(random), done.tolist()


@pytest.mark.parametrize("name", CASES)
def test_compiled_loop_equals_reference(name, rng):
    tokens, counts = corpus(rng)
    with dispatch.use("reference"):
        expected = run(tokens, counts, *CASES[name])
    found = run(tokens, counts, *CASES[name])
    assert found[3:] == expected[3:], "the random streams parted"
    assert found[4] == [0, len(tokens)]
    for a, b in zip(found[:3], expected[:3], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-2)  # of the sigmoid's table
    assert np.abs(expected[2]).max() > 0.1, "nothing was learnt"
    assert not found[2][:, DIM:].any(), "the padding must stay zero"
    empty = np.flatnonzero(np.diff(np.append(document_starts(tokens), len(tokens))) == 1)
    assert len(empty)
    assert np.array_equal(found[2][empty], tables.first_vectors(len(found[2]), DIM, 4)[0][empty])


@pytest.mark.parametrize("name", ["PV-DM", "PV-DM, concat", "PV-DBOW, tree"])
def test_fixed_words_stay(name, rng):
    """Only the documents move; in the first sentence as they do when all moves, for v' has not moved yet."""
    tokens, counts = corpus(rng)
    before = run(tokens[:0], counts, *CASES[name])
    found = run(tokens, counts, *CASES[name], fixed=True)
    assert np.array_equal(found[0], before[0])
    assert np.array_equal(found[1], before[1])
    with dispatch.use("reference"):
        expected = run(tokens, counts, *CASES[name], fixed=True)
    np.testing.assert_allclose(found[2], expected[2], rtol=0, atol=2e-2)
    assert np.abs(found[2]).max() > 0.1


def inferred(tokens, counts, output, architecture, first, last):
    """The vectors of the documents first .. last - 1 of ``tokens``."""
    rng = np.random.default_rng(1)
    v, _ = tables.first_vectors(WORDS, DIM, 3)
    pieces = 2 * WINDOW + 1 if architecture == "pv_dm_concat" else 1
    vp = np.zeros((WORDS, tables.stride(DIM * pieces)), np.float32)
    vp[:, : DIM * pieces] = rng.normal(size=(WORDS, DIM * pieces))
    keep = tables.keep_probability(counts, 0.3)
    looked_up = {
        "negative": (tables.noise_table(counts, size=1 << 12), 5),
        "tree": huffman.paths(counts),
    }[output]
    starts = np.append(document_starts(tokens), len(tokens))
    d = np.zeros((len(starts) - 1, v.shape[1]), np.float32)
    infer = document_inference(DIM, WINDOW, 5, output, architecture)
    infer(tokens, first, last, 7, v, vp, looked_up, (starts, np.arange(len(d)), d), keep, 2, 0.05)
    return d


@pytest.mark.parametrize("name", ["PV-DM", "PV-DM, concat", "PV-DBOW, tree"])
def test_compiled_inference_equals_reference_and_each_document_is_alone(name, rng):
    tokens, counts = corpus(rng)
    found = inferred(tokens, counts, *CASES[name], 0, 20)
    with dispatch.use("reference"):
        expected = inferred(tokens, counts, *CASES[name], 0, 20)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-2)
    assert np.abs(expected[:20]).max() > 0.05, "nothing was learnt"
    assert not found[20:].any()
    alone = inferred(tokens, counts, *CASES[name], 13, 14)
    assert np.array_equal(alone[13], found[13])
