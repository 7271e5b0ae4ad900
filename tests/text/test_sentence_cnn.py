"""Kim's network: the formula, padding that changes nothing, what each mode moves, what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import nn
from cutaway.core import no_grad
from cutaway.text.sentences.convolutional.batches import SentenceBatches, pad_sentences
from cutaway.text.sentences.convolutional.cnn import MODES, KimCNN
from cutaway.text.sentences.convolutional.last_epoch import LastEpoch
from cutaway.text.sentences.convolutional.sentence_cnn import SentenceCNN
from cutaway.text.vectors.word_vectors import WordVectors

WORDS = {0: "dull bore bad slow", 1: "fun warm good quick"}
SMALL = {"dim": 12, "maps": 8, "batch_size": 10, "epochs": 8}


def made_texts(count=200, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, count)
    lengths = rng.integers(1, 12, count)
    texts = [
        " ".join([*(f"w{rng.integers(30)}" for _ in range(n)), *rng.choice(WORDS[label].split(), 2)])
        for label, n in zip(y, lengths, strict=True)
    ]
    return texts, y


@pytest.fixture
def vectors():
    rng = np.random.default_rng(1)
    words = [*WORDS[0].split(), *WORDS[1].split(), "unseen"]
    return WordVectors(words, rng.normal(size=(len(words), 12)))


def small_net(mode="non-static", rng=3, **options):
    """A network whose biases are not 0 and whose last layer is not, so that all parts matter."""
    table = np.random.default_rng(rng).normal(size=(20, 6))
    net = KimCNN(table, 3, mode, maps=5, dropout=0.0, rng=rng, **options).astype(np.float64)
    for p in net.parameters():
        p.data = p.data + np.random.default_rng(rng).normal(size=p.shape) * 0.5
    for embedding in net.embeddings:
        embedding.weight.data[0] = 0
    return net


def sentences_of(*lengths):
    rng = np.random.default_rng(4)
    return [rng.integers(1, 20, n) for n in lengths]


def test_the_formula_written_out():
    net = small_net()
    rows = pad_sentences(sentences_of(7, 3), 4, 7)
    x = net.embeddings[0].weight.data[rows]
    z = []
    for conv in net.convs:
        w, b = conv.weight.data, conv.bias.data
        h = w.shape[2]
        c = [np.einsum("nhd,fdh->nf", x[:, i : i + h], w) + b for i in range(x.shape[1] - h + 1)]
        z.append(np.maximum(c, 0).max(axis=0))
    expected = np.concatenate(z, axis=1) @ net.fc.weight.data.T + net.fc.bias.data
    np.testing.assert_allclose(net(rows).data, expected, rtol=1e-10)


@pytest.mark.parametrize("mode", ["non-static", "multichannel"])
@pytest.mark.parametrize("lengths", [(1, 2), (6, 5, 5), (0, 3), (11,), (12, 4)])
def test_short_padding_is_padding_to_the_longest(mode, lengths):
    """Output and every gradient; 12 is the longest of all, where no window of padding alone exists."""
    sentences, longest = sentences_of(*lengths), 12
    short = pad_sentences(sentences, 4, longest)
    whole = np.zeros((len(lengths), longest + 8), int)
    whole[:, : short.shape[1]] = short
    assert max(lengths) >= longest - 1 or short.shape[1] < whole.shape[1]
    found = []
    for rows in (short, whole):
        net = small_net(mode)
        y = net(rows)
        (y * np.random.default_rng(5).normal(size=y.shape)).sum().backward()
        found.append([y.data, *(p.grad.data for p in net.parameters() if p.grad is not None)])
    assert len(found[0]) == len(found[1]) > 8
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_one_word_less_of_padding_would_change_the_output():
    """The row that `pad_sentences` adds is needed: a window of five sees nothing but padding there."""
    net = small_net()
    for conv in net.convs:
        conv.bias.data += 10.0  # nothing surpasses a window of padding
        conv.weight.data -= 5.0
        net.embeddings[0].weight.data[1:] = np.abs(net.embeddings[0].weight.data[1:])
    rows = pad_sentences(sentences_of(3), 4, 12)
    assert np.abs(net(rows).data - net(rows[:, :-1]).data).max() > 1e-3
    np.testing.assert_allclose(net(rows).data, net(np.pad(rows, ((0, 0), (0, 5)))).data, rtol=1e-12)


def test_batches_hold_every_sentence_and_lengths_that_are_alike():
    sentences = sentences_of(*np.random.default_rng(0).integers(1, 40, 203))
    y = np.arange(203)
    wide, narrow = (SentenceBatches(sentences, y, 10, 4, 40, pool, seed=1) for pool in (1, 20))
    for loader in (wide, narrow):
        seen = np.concatenate([labels for _, labels in loader.epoch(0)])
        assert len(loader) == 21
        assert len(seen) == 210  # seven come twice
        assert set(seen) == set(range(203))
        later = list(loader.epoch(0, start=5))
        for (a, _), (b, _) in zip(list(loader.epoch(0))[5:], later, strict=True):
            np.testing.assert_array_equal(a, b)
        assert (loader.order(0) != loader.order(1)).any()
    cost = [sum(rows.size for rows, _ in loader.epoch(0)) for loader in (wide, narrow)]
    assert cost[1] < 0.75 * cost[0]


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_learns_and_moves_what_it_should(mode, vectors):
    texts, y = made_texts()
    given = None if mode == "rand" else vectors
    model = SentenceCNN(mode, given, **SMALL).fit(texts, np.array(["no", "yes"])[y])
    assert model.score(*[made_texts(seed=9)[0], np.array(["no", "yes"])[made_texts(seed=9)[1]]]) > 0.9
    tables = [embedding.weight.data for embedding in model.net_.embeddings]
    assert len(tables) == 1 + (mode == "multichannel")
    for table in tables:
        assert (table[0] == 0).all(), "padding stays 0"
    row = model.table_.index["good"]
    start = model.table_.vectors[row]
    if mode != "rand":
        np.testing.assert_array_equal(start, vectors["good"])
    moved = [bool((table[row] != start).any()) for table in tables]
    assert (
        moved
        == {"rand": [True], "static": [False], "non-static": [True], "multichannel": [False, True]}[mode]
    )
    if mode == "static":
        np.testing.assert_array_equal(tables[0], model.table_.vectors)
    lengths = np.linalg.norm(model.net_.fc.weight.data, axis=1)
    assert lengths.max() <= 3 + 1e-5
    assert model.predict_proba(texts).sum(1) == pytest.approx(1, abs=1e-5)


def test_a_word_that_training_did_not_see_has_its_vector(vectors):
    texts, y = made_texts()
    model = SentenceCNN("static", vectors, **SMALL).fit(texts, y)
    model.predict(["unseen other"])
    table = model.net_.embeddings[0].weight.data
    np.testing.assert_array_equal(table[model.table_.index["unseen"]], vectors["unseen"])
    other = table[model.table_.index["other"]]
    assert 0 < np.abs(other).max() <= 0.25
    again = SentenceCNN("static", vectors, **SMALL).fit([*texts, "other"], [*y, 0])
    np.testing.assert_array_equal(again.table_.vectors[again.table_.index["other"]], other)


def test_filters_may_be_shared_or_each_channels_own(vectors):
    table = np.random.default_rng(0).normal(size=(20, 6))
    both = KimCNN(table, 2, "multichannel", maps=5)
    own = KimCNN(table, 2, "multichannel", maps=5, share_filters=False)
    assert own.convs[0].weight.shape[1] == 2 * both.convs[0].weight.shape[1]
    rows = pad_sentences(sentences_of(7, 3), 4, 7)
    single = KimCNN(2 * table, 2, "static", maps=5)
    with no_grad():  # two equal channels under one filter are one channel of twice the numbers
        np.testing.assert_allclose(both.maxima(rows).data, single.maxima(rows).data, rtol=1e-5)
        assert own.maxima(rows).shape == (2, 15)


def test_dropout_keeps_the_mean_as_in_kims_program():
    net = KimCNN(np.random.default_rng(0).normal(size=(20, 6)), 2, maps=50, dropout=0.5)
    net.fc.weight.data[...] = np.random.default_rng(1).normal(size=net.fc.weight.shape)
    rows = pad_sentences(sentences_of(7), 4, 7)
    with no_grad():
        z = net.maxima(rows).data
        trained = np.mean([net(rows).data for _ in range(4000)], axis=0)
        net.eval()
        np.testing.assert_allclose(net(rows).data, 0.5 * z @ net.fc.weight.data.T, rtol=1e-5)
        spread = 0.5 * np.linalg.norm(z * net.fc.weight.data, axis=1) / np.sqrt(4000)
        assert (np.abs(trained - net(rows).data) < 5 * spread).all()


def test_the_last_of_equally_good_epochs_is_kept():
    texts, y = made_texts()
    model = SentenceCNN(**{**SMALL, "epochs": 14}).fit(texts, y)
    accuracies = [entry["dev_accuracy"] for entry in model.history_]
    held = model._hold_out(len(texts))[1]
    assert accuracies.count(max(accuracies)) > 1, "the case is one of equals"
    assert model.score([texts[i] for i in held], y[held]) == max(accuracies)


def test_the_last_epoch_is_there_beside_the_best():
    texts, y = made_texts()
    model = SentenceCNN(**SMALL).fit(texts, y)
    found = model.predict(texts)
    alone = SentenceCNN(**{**SMALL, "epochs": 1, "dev_share": 0}).fit(texts, y)
    np.testing.assert_array_equal(alone.predict(texts), alone.predict_last(texts))
    model.net_.fc.weight.data[...] *= -1  # as if dev had chosen another one
    model.net_.fc.bias.data[...] *= -1
    assert (model.predict(texts) != found).all()
    more = [*texts, "never heard of"]
    last = model.predict_last(more)
    assert len(last) == len(more)
    assert np.mean(last[:-1] == y) > 0.6
    assert (model.predict(texts) != found).all(), "the best one is back"
    with pytest.raises(ValueError, match="not in a file"), LastEpoch().within(model.net_):
        pass


def test_several_labels_a_text():
    texts, y = made_texts()
    both = np.stack([y, 1 - y, np.array(["w1 " in text for text in texts])], axis=1)
    model = SentenceCNN(**{**SMALL, "epochs": 20}).fit(texts, both)
    assert model.predict(texts).shape == (200, 3)
    assert (model.predict(texts)[:, :2] == both[:, :2]).mean() > 0.9
    assert model.predict_proba(texts).sum(1).max() > 1.01, "labels are no alternatives"


def test_it_is_scikit_learns(vectors):
    sklearn = pytest.importorskip("sklearn")
    from sklearn.model_selection import cross_val_score

    model = sklearn.clone(SentenceCNN(**SMALL).set_params(maps=6))
    assert model.get_params()["maps"] == 6
    texts, y = made_texts()
    assert cross_val_score(model, texts, y, cv=2).mean() > 0.8


@pytest.mark.parametrize(
    ("options", "says"),
    [({"mode": "both"}, "mode is one of rand, static"), ({"mode": "static"}, "begins with vectors="),
     ({"vectors": "x.txt"}, "no vectors of its own"), ({"dropout": 1.0}, "dropout is from 0"),
     ({"epochs": 0}, "epochs is a whole number"), ({"windows": ()}, "windows and maps"),
     ({"max_norm": -1}, "max_norm"), ({"words": "x"}, "words is one of kim, letters"),
     ({"dev_share": 1.0}, "dev_share")],
)  # fmt: skip
def test_a_parameter_has_its_range(options, says):
    with pytest.raises(ValueError, match=says):
        SentenceCNN(**options)


def test_what_cannot_be_learnt_is_named():
    with pytest.raises(ValueError, match="expected a class for each of 2 texts"):
        SentenceCNN(**SMALL).fit(["a", "b"], [1])
    with pytest.raises(ValueError, match="at least two classes"):
        SentenceCNN(**SMALL).fit(["a", "b"], [1, 1])
    with pytest.raises(ValueError, match="call fit"):
        SentenceCNN(**SMALL).predict(["a"])
    with pytest.raises(ValueError, match="no training text is of class 3"):
        SentenceCNN(**SMALL).fit(["a", "b"], [0, 1], dev=(["a"], [3]))


def test_adadelta_by_rows_is_adadelta():
    rng = np.random.default_rng(0)
    begin = rng.normal(size=(40, 3))
    tables = [nn.Parameter(begin.copy()) for _ in range(2)]
    rows = nn.optim.RowAdadelta([tables[0]], rho=0.95)
    dense = nn.optim.Adadelta([tables[1]], rho=0.95)
    for step in range(60):
        g = np.zeros((40, 3))
        touched = rng.choice(40, 30 if step == 30 else 4)  # once more than half
        g[touched] = rng.normal(size=(len(touched), 3))
        for table, optimiser in zip(tables, (rows, dense), strict=True):
            table.grad = nn.Parameter(g.copy())
            optimiser.step()
        if step == 45:
            rows.load_state_dict(rows.state_dict())
    np.testing.assert_allclose(tables[0].data, tables[1].data, rtol=1e-9)
    for name, value in dense.state_dict()["state"].items():
        np.testing.assert_allclose(rows.state_dict()["state"][name], value, rtol=1e-9)


def test_rows_that_are_too_long_are_scaled_and_others_are_not():
    p = nn.Parameter(np.array([[30.0, 40.0], [0.3, 0.4], [3.0, 0.0]]))
    optimiser = nn.optim.RowAdadelta([{"params": [p], "max_norm": 3.0}])
    p.grad = nn.Parameter(np.full((3, 2), 1e-9))
    optimiser.step()
    np.testing.assert_allclose(p.data, [[1.8, 2.4], [0.3, 0.4], [3.0, 0.0]], atol=1e-6)


@pytest.mark.parametrize(("mode", "share"), [("rand", True), ("multichannel", True), ("multichannel", False)])
def test_maxima_are_those_of_the_feature_maps(mode, share):
    net = small_net(mode, share_filters=share)
    rows = np.random.default_rng(5).integers(0, 20, (3, 9))
    with no_grad():
        maps, z = net.feature_maps(rows), net.maxima(rows)
    assert [each.shape for each in maps] == [(3, 5, 7), (3, 5, 6), (3, 5, 5)]
    np.testing.assert_allclose(np.concatenate([each.data.max(2) for each in maps], 1), z.data, rtol=1e-12)
