"""Kalchbrenner's network: k-max and wide convolution, batches that change nothing, files, top n-grams."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn
from cutaway.core import ops
from cutaway.text.sentences.convolutional.batches import pad_sentences
from cutaway.text.sentences.convolutional.dcnn import DCNN, RowLayer, pool_size
from cutaway.text.sentences.convolutional.dynamic_cnn import PRESETS, DynamicCNN, preset_for
from cutaway.text.sentences.convolutional.sentence_cnn import SentenceCNN
from cutaway.text.sentences.convolutional.simple_nets import MaxTDNN, NBoW
from cutaway.text.sentences.convolutional.top_ngrams import top_ngrams
from cutaway.text.sentences.own_texts import train_text_model
from cutaway.text.sentences.text_models import TextModel
from hypothesis import given, settings
from hypothesis import strategies as st

SMALL = {"dim": 8, "windows": (3, 2), "maps": (3, 4), "top": 2, "batch_size": 10, "epochs": 6}


def made_texts(count=120, seed=0):
    """The order of two words decides, which a sum of words cannot see."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, count)
    texts = []
    for label in y:
        words = [f"w{rng.integers(12)}" for _ in range(rng.integers(0, 9))]
        words.insert(int(rng.integers(0, len(words) + 1)), ("not good", "good not")[label])
        texts.append(" ".join(words))
    return texts, y


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9), st.integers(0, 11), st.integers(0, 9))
def test_k_max_keeps_the_largest_in_their_order(row, k, length):
    length = min(length, len(row))
    order = sorted(range(length), key=lambda i: (-row[i], i))[:k]  # of equals the first
    expected = [row[i] for i in sorted(order)]
    expected += [0] * (k - len(expected))
    found = ops.k_max(np.array([row, row], float), k=k, length=np.array([length, length]))
    assert found.tolist() == [expected, expected]


def test_gradients_go_where_k_max_looked_and_nowhere_else():
    x = cutaway.tensor([[3.0, 9, 1, 7], [5.0, 6, 4, 99]], requires_grad=True)
    y = ops.k_max(x, k=np.array([2, 3]), length=np.array([4, 3]))
    np.testing.assert_array_equal(y.data, [[9, 7, 0], [5, 6, 4]])
    y.backward(np.array([[10.0, 20, 30], [1.0, 2, 3]]))
    np.testing.assert_array_equal(x.grad.data, [[0, 10, 0, 20], [1, 2, 3, 0]])
    with pytest.raises(cutaway.ShapeError, match="whole numbers k from 0 on"):
        ops.k_max(x, k=-1)


def test_a_layer_is_full_convolution_of_each_row_folded_and_pooled():
    rng = np.random.default_rng(1)
    layer = RowLayer(4, 2, 3, 5, rng).astype(np.float64)
    layer.bias.data[...] = rng.normal(size=layer.bias.shape)
    x = rng.normal(size=(1, 4, 2, 7))
    y, there = layer(cutaway.tensor(x), np.array([7]), np.array([4]))
    w = layer.conv.weight.data.reshape(4, 3, 2, 5)
    for pair in range(2):
        for j in range(3):
            row = sum(
                np.convolve(x[0, d, k], w[d, j, k, ::-1], "full")
                for d in (2 * pair, 2 * pair + 1)
                for k in range(2)
            )
            assert row.shape == (11,)
            kept = row[np.sort(np.argsort(-row)[:4])]
            np.testing.assert_allclose(y.data[0, pair, j], np.tanh(kept + layer.bias.data[pair, j]))
    assert there.tolist() == [4]


def test_k_of_each_layer_follows_the_length():
    assert [int(pool_size(1, 2, 4, np.array(n))) for n in (1, 8, 9, 31)] == [4, 4, 5, 16]
    assert pool_size(2, 2, 4, np.array([3, 50])).tolist() == [4, 4]


@pytest.mark.parametrize("make", [
    lambda table: DCNN(table, 3, (4, 3), (2, 3), 3, 0.0, rng=2),
    lambda table: MaxTDNN(table, 3, maps=5, rng=2),
    lambda table: NBoW(table, 3, rng=2),
])  # fmt: skip
def test_a_sentence_has_the_same_scores_and_gradients_alone_and_in_a_batch(make):
    rng = np.random.default_rng(0)
    sentences = [rng.integers(1, 20, n) for n in (0, 1, 2, 7, 13)]
    net = make(rng.normal(size=(20, 8))).astype(np.float64)
    for p in net.parameters():
        p.data = p.data + rng.normal(size=p.shape) * 0.3
    net.embeddings[0].weight.data[0] = 0
    weights = rng.normal(size=(5, 3))

    def run(rows, by):
        net.zero_grad()
        scores = net(rows)
        (scores * by).sum().backward()
        return scores.data, [p.grad.data for p in net.parameters()]

    together, gradients = run(pad_sentences(sentences, 0, 15), weights)
    alone = [run(pad_sentences([s], 0, len(s)), by[None]) for s, by in zip(sentences, weights, strict=True)]
    np.testing.assert_allclose(together, np.concatenate([scores for scores, _ in alone]), rtol=1e-10)
    for n, gradient in enumerate(gradients):
        np.testing.assert_allclose(gradient, sum(each[1][n] for each in alone), rtol=1e-8, atol=1e-12)


def test_the_published_sizes():
    table = np.zeros((3, 48), np.float32)
    sizes = {
        name: DCNN(table[:, : each["dim"]], 2, each["windows"], each["maps"], each["top"]).fc.in_features
        for name, each in PRESETS.items()
    }
    assert (sizes["sst2"], sizes["sst1"]) == (672, 720)
    assert [preset_for(n) for n in (2, 5, 6)] == [PRESETS[name] for name in ("sst2", "sst1", "trec")]


def test_it_learns_the_order_of_words_and_a_sum_of_words_does_not():
    (texts, y), (others, truth) = made_texts(300), made_texts(seed=5)
    assert DynamicCNN(**SMALL | {"epochs": 12}).fit(texts, y).score(others, truth) > 0.95
    assert DynamicCNN("max-tdnn", **SMALL | {"epochs": 12}).fit(texts, y).score(others, truth) > 0.9
    assert DynamicCNN("nbow", **SMALL).fit(texts, y).score(others, truth) < 0.65


def test_a_model_of_own_texts_is_saved_and_loaded(tmp_path):
    from cutaway.text.corpus.labelled_texts import LabelledTexts

    texts, y = made_texts(60)
    labelled = LabelledTexts(texts, [[("no", "yes")[label]] for label in y])
    model = train_text_model(labelled, "dcnn", {"epochs": 1, "words": "kim"})
    assert model.inner.net_.fc.in_features == 672
    model.save(tmp_path / "m.safetensors")
    loaded = TextModel.load(tmp_path / "m.safetensors")
    assert isinstance(loaded.inner, DynamicCNN)
    np.testing.assert_array_equal(loaded.scores([*texts, "a new word"]), model.scores([*texts, "a new word"]))


def test_top_ngrams_are_the_windows_with_the_largest_answers():
    texts, y = made_texts(80)
    model = DynamicCNN(**SMALL | {"epochs": 1}).fit(texts, y)
    found = top_ngrams(model, texts, 3)
    assert len(found) == 8 * 3
    assert {each.width for each in found} == {3}
    conv, table = model.net_.layers[0].conv, model.net_.embeddings[0].weight.data
    ngrams = {tuple(t.split()[i : i + 3]) for t in texts for i in range(len(t.split()) - 2)}
    for f in (0, 7, 23):  # filter f is of row f // 3
        answers = {n: float(table[model.table_.numbers(n), f // 3] @ conv.weight.data[f, 0]) for n in ngrams}
        best = sorted(answers.values(), reverse=True)[:3]
        np.testing.assert_allclose([a for a, _ in found[f].windows], best, rtol=1e-4, atol=1e-6)
        for answer, words in found[f].windows:
            assert answers[tuple(words.split())] == pytest.approx(answer, rel=1e-4, abs=1e-6)
    kim = SentenceCNN(dim=6, maps=2, windows=(2, 3), epochs=1).fit(texts, y)
    assert [(each.name, each.width) for each in top_ngrams(kim, texts, 2)] == [
        ("convs.0.0", 2), ("convs.0.1", 2), ("convs.1.0", 3), ("convs.1.1", 3)
    ]  # fmt: skip
    with pytest.raises(ValueError, match="NBoW has no convolution"):
        top_ngrams(DynamicCNN("nbow", **SMALL | {"epochs": 1}).fit(texts, y), texts)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"net": "cnn"}, "net is one of dcnn, max-tdnn, nbow"),
        ({"windows": (7,)}, "windows and maps are as many"),
        ({"top": 0}, "from 1 on"),
        ({"dropout": 1.0}, "dropout is from 0 to below 1"),
        ({"lr": 0.0}, "lr is above 0"),
    ],
)
def test_what_cannot_be_is_said(options, says):
    with pytest.raises(ValueError, match=says):
        DynamicCNN(**options)


def test_rows_that_do_not_fold_are_an_error():
    with pytest.raises(ValueError, match="rows that fold in two in each layer, came 50"):
        DCNN(np.zeros((3, 50)), 2)
    assert isinstance(DCNN(np.zeros((3, 4)), 2, (2,), (2,)), nn.Module)
