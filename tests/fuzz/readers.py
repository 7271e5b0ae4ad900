"""Every reader of files: how a good file is made, and how a file is read and then used."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cutaway
import numpy as np
from cutaway import nn
from cutaway.commands.crf import read_probabilities
from cutaway.nn.pytorch_files.read import read_pth
from cutaway.nn.training import Training
from cutaway.text import Doc2Vec, FastText, FastTextClassifier, GloVe, Word2Vec, WordVectors
from cutaway.text.classify.classifier import read_text
from cutaway.text.classify.load import load_any
from cutaway.text.corpus import encode
from cutaway.text.corpus.parse_trees import parse_tree, read_trees
from cutaway.text.corpus.stream import Corpus
from cutaway.text.corpus.vocabulary import Vocabulary
from cutaway.text.glove import cells, glove_files
from cutaway.text.sentences.recursive.tree_classifier import TreeClassifier
from cutaway.text.vectors.analogies import read_questions
from cutaway.text.vectors.similarity import read_pairs
from cutaway.vision.classification.labels import read_labels
from cutaway.vision.classification.predict import probabilities
from cutaway.vision.classification.saved import load_classifier, save_classifier
from cutaway.vision.data.images import read_image, read_mask
from cutaway.vision.data.layouts import find_layout
from cutaway.vision.networks.small import SmallNet
from cutaway.vision.networks.weights import load_weights
from cutaway.vision.segmentation.recipes import Recipe
from cutaway.vision.segmentation.run import SegmentationRun

PTH = Path(__file__).parents[1] / "nn" / "pth"
TEXT = ["a bat sleeps by day", "a cat sleeps by night", "the bat and the cat"] * 6
LABELLED = [f"__label__{'xy'[i % 2]} {line}" for i, line in enumerate(TEXT)]
TREES = ["(3 (2 not) (1 bad))", "(1 (2 so) (0 dull))", "(4 (2 a) (4 (2 very) (3 warm\xa0film)))"] * 3
SMALL = {"dim": 4, "epochs": 2, "min_count": 1}
FT = {"min_n": 2, "max_n": 3, "buckets": 50}


def _nnunet(path: Path) -> None:
    for folder, name in (("imagesTr", "a_0000.png"), ("labelsTr", "a.png")):
        (path.parent / folder).mkdir()
        _image("P")(path.parent / folder / name)
    path.write_text('{"labels": {"background": 0, "bone": 1}, "channel_names": {"0": "grey"}}')


class Reader(NamedTuple):
    """``make`` writes good files into a folder and returns the one to damage; ``use`` gets what was read."""

    make: Callable[[Path], Path]
    read: Callable[[Path], Any]
    use: Callable[[Any], Any] = lambda _: None


def _stop(model: Any) -> None:
    model.stop = True


def _saved(save: Callable[[Path], Any], name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        save(folder / name)
        return folder / name

    return make


def _vectors() -> WordVectors:
    return WordVectors(["</s>", "bat", "кот", "night"], np.random.default_rng(0).normal(size=(4, 5)))


def _model(kind: Any, save: str = "save", **options: Any) -> Callable[[Path], Path]:
    """A model after one of two epochs, so that there is something to resume."""
    text = LABELLED if kind is FastTextClassifier else TEXT
    trained = lambda: kind(**{**SMALL, **options}).fit(text, progress=False, callbacks=[_stop])  # noqa: E731
    ends = {"save": "m.safetensors", "save_bin": "m.bin"}
    return _saved(lambda path: getattr(trained(), save)(path), ends[save])


def _resume(kind: Any, **options: Any) -> Callable[[Any], Any]:
    made = kind(**{**SMALL, **options}).options

    def use(model: Any) -> None:
        model.vectors.most_similar(model.vocabulary.words[1])
        same = [
            each
            for each in ("dim", "window", "negative", "hs", "softmax", "cbow", "dm")
            if hasattr(made, each)
        ]
        if all(
            getattr(made, each) == getattr(model.options, each) for each in same
        ):  # or it would compile anew
            model.epochs = min(model.epochs, model.epoch + 1)
            model.resume(TEXT, progress=False)

    return use


def _ftz(path: Path) -> None:
    lines = [f"{line} {i}" for i, line in enumerate(LABELLED * 20)]
    model = FastTextClassifier(**SMALL, word_ngrams=2, buckets=100).fit(lines, progress=False)
    model.quantise(cutoff=300, qnorm=True, progress=False).save_bin(path)


def _ask(model: Any) -> None:
    if model.supervised:
        model.predict(["a bat", "night night"], k=2)
    model.vector("bats")


def _net() -> Training:
    net = nn.Sequential(nn.Linear(64, 70, rng=0), nn.ReLU(), nn.Dropout(0.1, rng=0), nn.Linear(70, 2, rng=1))
    return Training(net, nn.optim.Adam(net.parameters(), lr=0.01))


def _step(state: Training) -> None:
    loss = state.model(cutaway.Tensor(np.ones((3, 64), np.float32))).sum()
    state.optimiser.zero_grad()
    loss.backward()
    state.optimiser.step()
    state.step += 1


def _run(path: Path) -> None:
    state = _net()
    _step(state)
    state.history.append({"epoch": 1, "loss": 0.5})
    state.save(path)


def _load_run(path: Path) -> Training:
    state = _net()
    state.load(path)
    return state


def _ids(folder: Path) -> Path:
    encode.encode_to(folder, TEXT, 1)
    return folder / encode.TOKENS


def _cells(folder: Path) -> Path:
    model = GloVe(**SMALL, memory=0.01)
    vocabulary, tokens = encode.encode(TEXT, 1)
    return model.write_cells([tokens], len(vocabulary), folder / "cells")


def _glove_bin(path: Path) -> None:
    glove_files.write_binary(path, np.ones((2, 9, 5), np.float32))


def _probabilities(path: Path) -> None:
    np.savez_compressed(path, probabilities=np.full((3, 7, 9), 1 / 3))


def _image(mode: str, size: tuple[int, int] = (9, 7)) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        from PIL import Image

        image = Image.fromarray(np.arange(63, dtype=np.uint8).reshape(7, 9))
        image.resize(size).convert(mode).save(path)

    return save


def _convolution() -> nn.Module:
    return nn.Sequential({"conv1": nn.Conv2d(3, 4, 3, rng=0)})


def _copied(source: Path) -> Callable[[Path], Any]:
    return lambda path: path.write_bytes(source.read_bytes())


def _classifier(path: Path) -> None:
    save_classifier(path, SmallNet(3, rng=0), "small", ["ant", "bee", "cat"])


def _classify(loaded: Any) -> None:
    if loaded is not None:
        probabilities(loaded[0], [np.zeros((40, 50, 3), np.uint8)])


def _lines(lines: list[str], pack: Callable[[bytes], bytes] = bytes) -> Callable[[Path], Any]:
    return lambda path: path.write_bytes(pack("".join(f"{line}\n" for line in lines).encode()))


def _near(vectors: WordVectors) -> None:
    vectors.most_similar(vectors.words[0])


QUESTIONS, PAIRS = (
    [": family", "boy girl son daughter", "a b c d"],
    ["word1,word2,sim", "tiger,cat,7.35", "a,b,1"],
)


def _trees(path: Path) -> None:
    TreeClassifier("mv-rnn", dim=3, epochs=1).fit([parse_tree(text) for text in TREES]).save(path)


READERS: dict[str, Reader] = {
    "vectors, text": Reader(
        _saved(lambda p: _vectors().save(p, binary=False), "v.vec"), WordVectors.load, _near
    ),
    "vectors, binary": Reader(_saved(lambda p: _vectors().save(p), "v.w2v"), WordVectors.load, _near),
    "vectors, GloVe": Reader(
        _saved(lambda p: _vectors().save(p, binary=False, header=False), "g.txt"), WordVectors.load, _near
    ),
    "vectors, npz": Reader(_saved(lambda p: _vectors().save(p), "v.npz"), WordVectors.load, _near),
    "vectors, npz mapped": Reader(
        _saved(lambda p: _vectors().save(p), "v.npz"), lambda p: WordVectors.load(p, mmap=True), _near
    ),
    "vectors, TensorBoard": Reader(
        _saved(lambda p: _vectors().save(p), "vectors.tsv"), WordVectors.load, _near
    ),
    "fastText .bin": Reader(
        _model(FastText, "save_bin", **FT), FastText.load_bin, lambda m: m.vectors["bats"]
    ),
    "fastText .bin, any": Reader(_model(FastText, "save_bin", **FT), load_any, _ask),
    "classifier .bin": Reader(
        _model(FastTextClassifier, "save_bin", word_ngrams=2, **FT), FastTextClassifier.load_bin, _ask
    ),
    "classifier .bin, hs": Reader(_model(FastTextClassifier, "save_bin", loss="hs"), load_any, _ask),
    "classifier .ftz": Reader(_saved(_ftz, "m.ftz"), load_any, _ask),
    "Word2Vec": Reader(_model(Word2Vec), Word2Vec.load, _resume(Word2Vec)),
    "FastText": Reader(_model(FastText, **FT), FastText.load, _resume(FastText, **FT)),
    "Doc2Vec": Reader(_model(Doc2Vec), Doc2Vec.load, _resume(Doc2Vec)),
    "GloVe": Reader(_model(GloVe, memory=0.01), GloVe.load, _resume(GloVe)),
    "fit's checkpoint": Reader(_saved(_run, "run.safetensors"), _load_run, _step),
    "values": Reader(
        _saved(
            lambda p: cutaway.save({"a": [np.ones(3), (2, "x")], "b": cutaway.ones(2)}, p), "x.safetensors"
        ),
        cutaway.load,
    ),
    "weights of others": Reader(
        _saved(lambda p: np.savez(p, **_convolution().state_dict()), "w.npz"),
        lambda p: load_weights(_convolution(), p),
    ),
    **{
        f"PyTorch, {name}": Reader(
            _saved(_copied(PTH / f"{name}.pth"), "w.pth"),
            read_pth,
            lambda arrays: [a.sum() for a in arrays.values()],
        )
        for name in (
            "zip",
            "zip-deflated",
            "kinds",
            "strides",
            "legacy-2",
            "legacy-0",
            "legacy-5",
            "tar-views",
        )
    },
    "labels": Reader(_saved(_lines(["ant", "bee, honey bee", "кот"]), "l.txt"), read_labels),
    "classifier of photos": Reader(_saved(_classifier, "c.safetensors"), load_classifier, _classify),
    "vocabulary": Reader(_saved(_lines(["</s> 9", "a 7", "bat 3"]), "vocab.txt"), Vocabulary.load),
    "token ids": Reader(_ids, lambda p: encode.open_encoded(p.parent)),
    "token ids' words": Reader(
        lambda f: _ids(f).with_name(encode.WORDS), lambda p: encode.open_encoded(p.parent)
    ),
    "cells": Reader(_cells, lambda p: [cells.fingerprint(p), *cells.read(p, 9)]),
    "GloVe's parameters": Reader(_saved(_glove_bin, "g.bin"), lambda p: glove_files.read_binary(p, 9, 4)),
    "text": Reader(_saved(_lines(TEXT), "t.txt"), lambda p: encode.encode(Corpus(p), 1)),
    "text .gz": Reader(_saved(_lines(TEXT, gzip.compress), "t.gz"), lambda p: encode.encode(Corpus(p), 1)),
    "text .bz2": Reader(_saved(_lines(TEXT, bz2.compress), "t.bz2"), lambda p: encode.encode(Corpus(p), 1)),
    "text .xz": Reader(_saved(_lines(TEXT, lzma.compress), "t.xz"), lambda p: encode.encode(Corpus(p), 1)),
    "labelled text": Reader(_saved(_lines(LABELLED), "l.txt"), read_text),
    "labelled text .gz": Reader(_saved(_lines(LABELLED, gzip.compress), "l.gz"), read_text),
    "labelled text .xz": Reader(_saved(_lines(LABELLED, lzma.compress), "l.xz"), read_text),
    "parse trees": Reader(_saved(_lines(TREES), "t.txt"), lambda p: [str(tree) for tree in read_trees(p)]),
    "classifier of trees": Reader(
        _saved(_trees, "t.safetensors"), TreeClassifier.load, lambda m: m.predict([parse_tree(TREES[0])])
    ),
    "questions": Reader(_saved(_lines(QUESTIONS), "q.txt"), read_questions),
    "pairs": Reader(_saved(_lines(PAIRS), "p.csv"), read_pairs),
    "image, PNG": Reader(_saved(_image("RGB"), "i.png"), read_image),
    "image, JPEG": Reader(_saved(_image("RGB"), "i.jpg"), read_image),
    "mask": Reader(_saved(_image("P"), "m.png"), read_mask),
    "vectors .gz": Reader(
        _saved(lambda p: _vectors().save(p), "v.bin.gz"), WordVectors.load, lambda v: v.most_similar("bat")
    ),
    "run of segmentation": Reader(
        _saved(lambda p: SegmentationRun(Recipe(), ("a", "b"), {255: 1}).save(p.parent), "run.json"),
        lambda p: SegmentationRun.load(p.parent),
    ),
    "data set of nnU-Net": Reader(_saved(_nnunet, "dataset.json"), lambda p: find_layout(p.parent)),
    "image, TIFF": Reader(_saved(_image("RGB"), "i.tif"), read_image),
    "probabilities": Reader(_saved(_probabilities, "p.npz"), read_probabilities),
}
