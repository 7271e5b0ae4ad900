"""GloVe learns what was planted, at any number of threads the same; its files of cells are checked and shuffled."""

from __future__ import annotations

import io

import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.nn.checkpoint import CheckpointError
from cutaway.text import GloVe, Word2Vec, encode
from cutaway.text.glove import cells, glove_files, strata
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GROUPS = [["cat", "dog", "cow", "hen"], ["red", "blue", "pink", "grey"]]
CONTEXTS = [["eats", "runs", "farm", "legs"], ["paint", "dark", "dress", "sky"]]
FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def text():
    rng = np.random.default_rng(0)
    rows = []
    for group in rng.integers(0, 2, 1500):
        words = [rng.choice(GROUPS[group]), *rng.choice(CONTEXTS[group], 4)]
        rows.append([str(word) for word in rng.permutation(words)])
    return rows


def model(**options):
    return GloVe(**{"dim": 8, "epochs": 40, "window": 4, "x_max": 200.0, "memory": 0.01, **options})


@pytest.fixture(scope="module")
def fitted(text):
    return model().fit(text, progress=False)


def test_words_used_together_are_near(fitted):
    """w + c: a word is near those it is used like, and those it is used with."""
    for words, contexts in zip(GROUPS, CONTEXTS, strict=True):
        for word in words:
            near = {other for other, _ in fitted.vectors.most_similar(word, topn=7)}
            assert near | {word} == {*words, *contexts}
    losses = [entry["loss"] for entry in fitted.history]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.1 * losses[0]


def test_dot_products_are_logarithms_of_counts(text, fitted):
    """What eq. 8 asks for: w . c + b + b' near log X, for the pairs that occur often."""
    from cutaway.ext.embeddings.cooccurrence.reference import cooccurrences

    _, tokens = encode(text, 5)
    x = {pair: n for pair, n in cooccurrences(tokens, 4).items() if n > 100}
    i, j = np.array(list(x)).T
    b, d = fitted.biases
    dot = (fitted.w[i, :8] * fitted.c[j, :8]).sum(1) + b[i] + d[j]
    wanted = np.log(list(x.values()))
    assert np.abs(dot - wanted).mean() < 0.1
    assert np.abs(wanted - wanted.mean()).mean() > 0.2, "a constant would do as well"


def test_threads_change_nothing(text, fitted):
    other = model(threads=3).fit(text, progress=False)
    assert np.array_equal(other.w, fitted.w)
    assert np.array_equal(other.c_squares, fitted.c_squares)
    assert not np.array_equal(model(seed=2, epochs=1).fit(text, progress=False).w, fitted.w)


def test_fit_tokens_takes_what_encode_gives(text, fitted):
    assert np.array_equal(model().fit_tokens(*encode(text, 5), progress=False).w, fitted.w)


def test_reference_loop_can_be_chosen(text):
    with dispatch.use("reference"):
        slow = model(epochs=2).fit(text[:100], progress=False)
    fast = model(epochs=2).fit(text[:100], progress=False)
    np.testing.assert_allclose(slow.w, fast.w, atol=1e-4)


def test_resumed_is_uninterrupted(text, fitted, tmp_path):
    def stop(m):
        m.stop = m.epoch == 5

    path = tmp_path / "part.safetensors"
    model().fit(text, progress=False, callbacks=[stop]).save(path)
    part = GloVe.load(path)
    assert part.epoch == 5
    with pytest.raises(ValueError, match="not the cells that training began with"):
        part.resume(text[1:], progress=False)
    with pytest.raises(ValueError, match="not the cells that training began with"):
        part.resume([*text, [f"new{i}" for i in range(30)] * 9], progress=False)
    whole = GloVe.load(path).resume(text, progress=False)
    for name in whole.shapes():
        assert np.array_equal(getattr(whole, name), getattr(fitted, name)), name
    with pytest.raises(ValueError, match="all 40 epochs are done"):
        whole.resume(text, progress=False)
    with pytest.raises(CheckpointError, match="expected a Word2Vec, came 'GloVe'"):
        Word2Vec.load(path)


def test_turns_never_meet(rng):
    """Each cell once; blocks of one turn share neither word nor context; within a block the order stays."""
    word, context = rng.integers(1, 1000, (2, 5000)).astype(np.int32)
    order, bounds = strata.order(word, context)
    assert np.array_equal(np.sort(order), np.arange(5000))
    for turn in range(strata.PARTS):
        blocks = [order[bounds[k] : bounds[k + 1]] for k in range(turn * 8, turn * 8 + 8)]
        assert all((np.diff(block) > 0).all() for block in blocks)
        for side in (word, context):
            seen = [set(side[block].tolist()) for block in blocks]
            assert sum(map(len, seen)) == len(set().union(*seen))


def test_what_cannot_be_trained_is_explained(text, tmp_path):
    with pytest.raises(ValueError, match=r"at least 2 words seen min_count=5 times, came 1"):
        GloVe().fit(["a a a a a b"], progress=False)
    for wrong in (-1, 99):
        with pytest.raises(ValueError, match=f"expected token ids from 0 to 16, came .*{wrong}"):
            GloVe().fit_tokens(encode(text, 5)[0], np.array([1, wrong, 0], np.int32), progress=False)
    with pytest.raises(ValueError, match="GloVe: x_max is a number"):
        GloVe(x_max=0)
    with pytest.raises(AttributeError, match=r"call fit\(corpus\) first"):
        GloVe().vectors  # noqa: B018
    with pytest.raises(FloatingPointError, match=r"infinite or NaN in epoch 1\n.*lower eta \(it was 100"):
        model(eta=100.0, clip=1e30).fit(text, progress=False)


def file_of(path, rows):
    np.array(rows, cells.CELL).tofile(path)
    return path


@pytest.mark.parametrize(
    ("rows", "place"),
    [([(1, 1, 1), (4, 1, 1)], 16), ([(0, 1, 1)], 0), ([(1, 2, 0)], 0), ([(1, 1, 1), (1, 1, np.nan)], 16)],
)
def test_bad_cells_name_their_byte(rows, place, tmp_path):
    path = file_of(tmp_path / "cells.bin", rows)
    with pytest.raises(ValueError, match=rf"cells\.bin: byte {place}: expected two of the 3 words"):
        list(cells.read(path, 3))


def test_cut_files_of_cells(tmp_path):
    path = tmp_path / "cells.bin"
    for content, place in ((b"", 0), (b"x" * 37, 32)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"byte {place}: expected a cell of 16 bytes"):
            list(cells.read(path, 3))
        with pytest.raises(ValueError, match="ends 5 bytes into one"):
            cells.shuffle(io.BytesIO(b"x" * 37), io.BytesIO())


@FUZZ
@given(st.binary(max_size=200), st.integers(1, 5))
def test_noise_is_cells_or_an_error(tmp_path, content, words):
    path = tmp_path / "noise"
    path.write_bytes(content)
    assert read_or_complain(path, words) in (content, "noise: byte ")


def read_or_complain(path, words):
    """The cells' bytes, or how the error begins."""
    try:
        return np.concatenate(list(cells.read(path, words))).tobytes()
    except ValueError as error:
        return "noise: byte " if "noise: byte " in str(error) else str(error)


@pytest.mark.parametrize("length", [10_000, 700])
def test_shuffling_moves_every_cell_anywhere(length, rng):
    """In memory, and in pieces on disk: the same cells, each as likely in any tenth of the file."""
    count, goes = 5000, np.zeros((10, 10))
    made = np.zeros(count, cells.CELL)
    made["word"] = np.arange(count)
    for seed in range(4):
        target = io.BytesIO()
        assert cells.shuffle(io.BytesIO(made.tobytes()), target, seed, length) == count
        word = np.frombuffer(target.getvalue(), cells.CELL)["word"]
        assert np.array_equal(np.sort(word), np.arange(count))
        np.add.at(goes, (np.arange(count) // 500, word // 500), 1)
    assert np.abs(goes - 200).max() < 5 * np.sqrt(200)


def test_binary_files_hold_what_the_tool_expects(fitted, tmp_path):
    """float64, words then contexts, each with its bias; and they can be read back."""
    path = tmp_path / "v.bin"
    glove_files.write_binary(path, glove_files.parameters(fitted))
    raw = np.fromfile(path, "<f8").reshape(2, -1, 9)
    assert np.array_equal(raw[0].astype(np.float32), fitted.w[1:, :9])
    assert np.array_equal(raw[1][:, :8].astype(np.float32), fitted.c[1:, :8])
    assert np.array_equal(raw[1][:, 8].astype(np.float32), fitted.biases[1][1:])
    fresh = model().begin(fitted.vocabulary)
    glove_files.set_parameters(fresh, glove_files.read_binary(path, len(fitted.vocabulary) - 1, 8))
    assert np.array_equal(fresh.w, fitted.w)
    with pytest.raises(ValueError, match=r"v\.bin: byte [\d,]+: expected [\d,]+ bytes for 3 words"):
        glove_files.read_binary(path, 3, 8)
    raw[1, 0, 2] = np.inf
    raw.tofile(path)
    place = raw[0].nbytes + 16
    with pytest.raises(ValueError, match=rf"byte {place:,}: expected a finite number"):
        glove_files.read_binary(path, len(fitted.vocabulary) - 1, 8)
