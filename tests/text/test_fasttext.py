"""FastText: unseen words have vectors, its file comes back as it was, and files made to hurt name the byte."""

from __future__ import annotations

import copy
import tracemalloc

import numpy as np
import pytest
from cutaway.nn.checkpoint import CheckpointError
from cutaway.text import FastText, WordVectors, evaluate_similarity
from cutaway.text.embeddings.buckets import places
from cutaway.text.embeddings.subwords import char_ngrams, fnv1a
from cutaway.text.files import fasttext_bin
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

STEMS = {"котик": "кот", "песик": "пес", "домик": "дом", "носик": "нос"}
FORMS = ("", "а", "у", "ом", "ик", "ики", "иков")


@pytest.fixture(scope="module")
def text():
    """Each sentence has forms of one stem and a companion that only this stem keeps."""
    rng = np.random.default_rng(0)
    stems = list(STEMS.values())
    return [
        [stems[k] + str(rng.choice(FORMS)), f"friend{k}", stems[k] + str(rng.choice(FORMS)), f"home{k}"]
        for k in rng.integers(0, 4, 2500)
    ]


def model(**options):
    return FastText(**{"dim": 16, "epochs": 3, "sample": 0, "buckets": 500, **options})


@pytest.fixture(scope="module")
def fitted(text):
    return model().fit(text, progress=False)


def _places(model, word):
    return model.bucket_rows(np.array([fnv1a(g) % model.buckets for g in char_ngrams(word)[1:]])).tolist()


def test_v_has_the_rows_that_are_met(fitted, text):
    met = {fnv1a(g) % 500 for word in fitted.vocabulary.words[1:] for g in char_ngrams(word)[1:]}
    rows = fitted.bucket_rows(np.arange(500))
    assert np.flatnonzero(rows < len(fitted.v) - 1).tolist() == sorted(met)
    assert rows.max() == len(fitted.v) - 1
    assert np.array_equal(rows, places(np.array(sorted(met)), len(fitted.vocabulary), 500))
    assert len(fitted.v) == len(fitted.vocabulary) + len(met) + 1
    assert not fitted.v[-1].any()
    assert fitted.v[:-1, :16].any(1).all(), "all others begin at random"
    crowded = model(buckets=3, epochs=1).fit(text, progress=False)
    assert len(crowded.v) == len(crowded.vocabulary) + 3 + 1
    assert crowded.v[:-1, :16].any(1).all()


def test_a_word_is_the_mean_of_its_rows(fitted):
    rows = [fitted.vocabulary.index["котик"], *_places(fitted, "котик")]
    np.testing.assert_allclose(fitted.vectors["котик"], fitted.v[rows, :16].mean(0), rtol=1e-5)
    np.testing.assert_allclose(fitted.vector("котик"), fitted.vectors["котик"], rtol=1e-5)
    unknown = _places(fitted, "котищще")
    assert len(set(unknown)) < len(unknown), "what no word of the text has shares a row of zeros"
    np.testing.assert_allclose(fitted.vectors["котищще"], fitted.v[unknown, :16].mean(0), rtol=1e-5)
    assert not fitted.vector("").any(), "no n-grams, no direction"


def test_typos_find_their_word(fitted):
    for typo, stem in (("котиг", "кот"), ("песиик", "пес"), ("домикк", "дом")):
        near = [word for word, _ in fitted.vectors.most_similar(typo, topn=4)]
        assert sum(word.startswith(stem) for word in near) >= 3, f"{typo}: {near}"
    assert fitted.vectors.similarity("котиг", "котик") > fitted.vectors.similarity("котиг", "домик")
    assert "котиг" not in fitted.vectors


@pytest.mark.parametrize("options", [{"cbow": True}, {"shared": True}, {"max_n": 0}])
def test_every_model_learns(options, text):
    losses = [entry["loss"] for entry in model(**options).fit(text, progress=False).history]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.8 * 6 * np.log(2)


def test_saved_resumed_continued(text, tmp_path, fitted):
    def stop(m):
        m.stop = True

    path = tmp_path / "m.safetensors"
    model().fit(text, progress=False, callbacks=[stop]).save(path)
    resumed = FastText.load(path).resume(text, progress=False)
    assert np.array_equal(resumed.v, fitted.v)
    words, before = fitted.vocabulary.words, resumed.v.copy()
    met = np.flatnonzero(resumed.bucket_rows(np.arange(500)) < len(before) - 1)
    buckets = before[resumed.bucket_rows(met)]
    resumed.continue_on([["свежее", "слово"]] * 9, progress=False)
    new = {fnv1a(g) % 500 for word in ("свежее", "слово") for g in char_ngrams(word)[1:]}
    assert len(resumed.v) == len(before) + 2 + len(new - set(met))
    assert np.array_equal(resumed.v[1 : len(words)], before[1 : len(words)]), "old words keep their rows"
    alone = ~np.isin(met, list(new))
    assert np.array_equal(resumed.v[resumed.bucket_rows(met)][alone], buckets[alone]), "and so do the buckets"
    assert not resumed.v[-1].any()


@pytest.fixture
def saved(fitted, tmp_path):
    fitted.save_bin(tmp_path / "m.bin")
    return tmp_path / "m.bin"


def test_bin_comes_back(fitted, saved):
    back, words = FastText.load_bin(saved), fitted.vocabulary.words
    assert back.vocabulary.words == words
    assert np.array_equal(back.vocabulary.counts, fitted.vocabulary.counts)
    assert np.array_equal(back.v[: len(words)], fitted.v[: len(words)])
    assert np.array_equal(back.v[len(words) :], fitted.v[fitted.bucket_rows(np.arange(500))]), (
        "a file has all buckets"
    )
    assert np.array_equal(back.vp, fitted.vp)
    assert np.array_equal(back.vector("котищще"), fitted.vector("котищще"))
    assert (back.dim, back.buckets, back.min_n, back.max_n, back.cbow) == (16, 500, 3, 6, False)
    back.save_bin(saved.with_name("again.bin"))
    assert saved.with_name("again.bin").read_bytes() == saved.read_bytes()
    back.save(saved.with_name("all.safetensors"))
    again = FastText.load(saved.with_name("all.safetensors"))
    for each in (back, again):
        each.continue_on([["кот", "friend0", "новое"]] * 9, progress=False)
        assert len(each.v) == len(words) + 1 + 500
    assert np.array_equal(again.v, back.v)


def test_rows_follow_the_text_not_the_number_of_buckets(text, tmp_path):
    model(epochs=1, buckets=2**31 - 1).fit(text, progress=False).save(tmp_path / "m.safetensors")
    tracemalloc.start()
    assert len(FastText.load(tmp_path / "m.safetensors").v) < 500
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_a_checkpoint_whose_rows_do_not_fit_is_refused(fitted, tmp_path):
    broken = copy.copy(fitted)
    broken.v = fitted.v[:-1]
    broken.save(tmp_path / "m.safetensors")
    with pytest.raises(CheckpointError, match=f"expected {len(fitted.v):,} rows"):
        FastText.load(tmp_path / "m.safetensors")


def test_sentence_end_may_stand_anywhere(fitted, saved):
    """fastText sorts it by its count; the rows follow."""
    read = fasttext_bin.read(saved)
    order = [1, 2, 0, *range(3, len(read.words))]
    moved = np.concatenate([read.input[order], read.input[len(order) :]])
    words = [read.words[i] for i in order]
    fasttext_bin.write(
        saved, fasttext_bin.Model(read.args, words, read.counts[order], moved, read.output[order])
    )
    back = FastText.load_bin(saved)
    assert back.vocabulary.words == fitted.vocabulary.words
    for word in (*words, "котищще"):
        assert np.array_equal(back.vector(word), fitted.vector(word))


@pytest.mark.parametrize(
    ("at", "value", "complaint"),
    [
        (0, b"\0\0\0\0", r"byte 0: expected 793712314 and 12, came 0 and 12: no \.bin of fastText"),
        (8 + 7 * 4, b"\3\0\0\0", r"byte 8: expected a skipgram or cbow model, came model 3 with loss 2"),
        (64, b"\xff\xff\xff\x7f", r"byte 64: expected a dictionary of words that fits"),
        (97, b"\xff" * 8, "expected count and type"),
    ],
)
def test_malformed_files_name_the_byte(saved, at, value, complaint):
    content = bytearray(saved.read_bytes())
    content[at : at + len(value)] = value
    saved.write_bytes(content)
    with pytest.raises(ValueError, match=complaint):
        FastText.load_bin(saved)


def test_hostile_sizes_allocate_nothing(saved, fitted):
    content = saved.read_bytes()
    place = content.index(fasttext_bin.SHAPE.pack(len(fitted.vocabulary) + 500, 16))
    bad = content[:place] + fasttext_bin.SHAPE.pack(1 << 40, 16) + content[place + 16 :]
    bad_args = bytearray(content)
    bad_args[8 + 8 * 4 : 8 + 9 * 4] = b"\xff\xff\xff\x7f"  # buckets
    for each in (bad, bytes(bad_args)):
        saved.write_bytes(each)
        tracemalloc.start()
        with pytest.raises(ValueError, match=r"byte [\d,]+: expected a matrix"):
            FastText.load_bin(saved)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 << 20


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_cut_or_changed_files_never_crash(saved, tmp_path, data):
    content = bytearray(saved.read_bytes())
    header = min(len(content), 600)
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, header - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "fuzzed.bin"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    assert read_or_complain(path)


def read_or_complain(path):
    """Did the file give one row a word, or an error that names the byte?"""
    try:
        read = fasttext_bin.read(path)
    except ValueError as error:
        return "fuzzed.bin: byte " in str(error) or "has no </s>" in str(error)
    return len(read.words) == len(read.output)


def test_vectors_are_kept_until_training_goes_on(text):
    fitted = model(epochs=1).fit(text[:500], progress=False)
    first = fitted.vectors
    assert fitted.vectors is first
    seen = []
    fitted.continue_on(
        iter(text[500:900]), progress=False, callbacks=[lambda m: seen.append(m.vectors.matrix.copy())]
    )
    assert fitted.vectors is not first
    np.testing.assert_array_equal(seen[-1], fitted.vectors.matrix)
    assert not np.array_equal(first["friend0"], fitted.vectors["friend0"])
    assert copy.copy(fitted).vectors is not fitted.vectors
    fitted.v[...] = 0
    fitted.forget()
    assert not fitted.vectors.matrix.any()


def test_unknown_words_have_neighbours_and_count_in_pairs(fitted):
    rows, _ = fitted.vectors.neighbours(["котенька", "кот"], topn=2)
    assert rows[0].tolist() == [
        fitted.vectors.index[word] for word, _ in fitted.vectors.most_similar("котенька", topn=2)
    ]
    pairs = [("кот", "котик", 9.0), ("котенька", "кот", 8.0), ("кот", "носик", 1.0)]
    assert evaluate_similarity(fitted.vectors, pairs).seen == 2
    assert evaluate_similarity(fitted.vectors, pairs, subwords=True).seen == 3
    with pytest.raises(ValueError, match="subwords=True needs FastText's vectors"):
        evaluate_similarity(WordVectors(["a"], [[1.0]]), pairs, subwords=True)
