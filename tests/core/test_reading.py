"""Bad files: one error that says what and where, no more memory than is believed of them, nothing executed."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import pickle
import shutil
import struct
import zlib

import cutaway
import numpy as np
import pytest
from cutaway import nn
from cutaway.__main__ import main
from cutaway.core.errors import FileError
from cutaway.core.reading import bad_file, expect_room, reading
from cutaway.core.unpack import FREE, open_text
from cutaway.nn.training import Training
from cutaway.text import Doc2Vec, FastTextClassifier, WordVectors
from cutaway.text.classify.load import load_any
from cutaway.text.files import npz, tensorboard, word2vec_format
from cutaway.vision.data.images import read_image, read_mask
from safetensors.numpy import load_file

LINES = [f"__label__{'xy'[i % 2]} a bat {i}" for i in range(20)]


def test_the_error_says_where_and_travels():
    error = bad_file("a.bin", "dim from 1", "-3", byte=1008, line=2)
    assert str(error) == "a.bin: byte 1,008, line 2: expected dim from 1, came -3"
    back = pickle.loads(pickle.dumps(error))
    assert (back.path, back.expected, back.byte, back.line) == ("a.bin", "dim from 1", 1008, 2)


@pytest.mark.parametrize(
    "raised", [zlib.error("x"), RecursionError(), OverflowError(), MemoryError(), KeyError(1)]
)
def test_errors_of_others_become_ours(raised):
    came = f"x: expected a model, came a damaged one: {type(raised).__name__}"
    with pytest.raises(FileError, match=came), reading("x", "a model"):
        raise raised
    with pytest.raises(KeyboardInterrupt), reading("x", "a model"):
        raise KeyboardInterrupt


def test_room_is_four_times_the_file_or_what_is_said(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes(1000))
    expect_room(path, 4000 + (200 << 20), "it")
    with pytest.raises(FileError, match=r"it would take 209,719,201\n.*max_bytes=209719201"):
        expect_room(path, 4001 + (200 << 20), "it")
    expect_room(path, 1 << 40, "it", max_bytes=1 << 40)


@pytest.mark.parametrize(
    ("pack", "kind"), [(gzip.compress, ".gz"), (bz2.compress, ".bz2"), (lzma.compress, ".xz")]
)
def test_packed_files_are_unpacked_as_others_do_it(pack, kind, tmp_path, rng):
    path, content = tmp_path / f"x{kind}", rng.integers(0, 9, 300_000, np.uint8).tobytes()
    path.write_bytes(pack(content[:100_001]) + pack(b"") + pack(content[100_001:]))
    with open_text(path) as file:
        assert file.read() == content
    path.write_bytes(pack(bytes(FREE + 20 * 40_000)))
    with open_text(path) as file, pytest.raises(FileError, match=r"in so small a file, came more"):
        file.read()
    with open_text(path, max_bytes=1 << 30) as file:
        assert len(file.read()) == FREE + 20 * 40_000


@pytest.mark.parametrize(
    "command", [["fasttext", "dump", "M", "args"], ["distance", "M"], ["fasttext", "nn", "M"]]
)
def test_commands_show_no_traceback(command, tmp_path, capsys):
    path = tmp_path / "m.bin"
    path.write_bytes(b"\xba\x16\x4f\x2f\x0c\0\0\0" + b"\xff" * 200)
    assert main([str(path) if word == "M" else word for word in command]) == 2
    assert "Traceback" not in (said := capsys.readouterr().err)
    assert f"{path}: byte" in said


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    path = tmp_path_factory.mktemp("fasttext") / "m.bin"
    FastTextClassifier(dim=4, word_ngrams=2, buckets=20).fit(LINES, progress=False).save_bin(path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("byte", "name", "value"),
    [(8, "dim", -1), (28, "wordNgrams", -2), (40, "bucket", -1), (44, "minn", -5), (48, "maxn", 2**31 - 1)],
)
def test_every_argument_of_fasttext_has_a_range(byte, name, value, classifier, tmp_path):
    path = tmp_path / "m.bin"
    path.write_bytes(classifier[:byte] + struct.pack("<i", value) + classifier[byte + 4 :])
    with pytest.raises(FileError, match=rf"byte {byte}: expected {name} from \d+ to [\d,]+, came {value:,}"):
        load_any(path)


def test_a_label_that_was_seen_too_often(classifier, tmp_path):
    path, place = tmp_path / "m.bin", classifier.index(b"__label__x\0") + 11
    path.write_bytes(classifier[:place] + struct.pack("<q", 2**62) + classifier[place + 8 :])
    with pytest.raises(
        FileError, match=r"expected count and type of b'__label__x', came 4611686018427387904"
    ):
        load_any(path)


def test_numbers_that_are_none(classifier, tmp_path, monkeypatch):
    path = tmp_path / "m.bin"
    path.write_bytes(classifier[:-4] + struct.pack("<f", np.nan))
    with pytest.raises(FileError, match=f"byte {len(classifier) - 4:,}: expected a finite number, came nan"):
        load_any(path)
    for module, name in ((word2vec_format, "v.w2v"), (npz, "v.npz"), (tensorboard, "vectors.tsv")):
        monkeypatch.setattr(module, "expect_rows", lambda *given: None)  # as another program would write it
        WordVectors(["a", "b"], [[1, 2], [np.inf, 3]]).save(tmp_path / name)
        with pytest.raises(FileError, match="finite"):
            WordVectors.load(tmp_path / name)


def test_a_long_field_does_not_set_the_room_of_all(tmp_path):
    """20,000 numbers of which one has 300,000 digits: an array of such texts would have 6 GB."""
    numbers = ["1"] * 20_000 + ["0." + "1" * 300_000]
    (tmp_path / "v.vec").write_text("1 20001\na " + " ".join(numbers) + "\n")
    assert WordVectors.load(tmp_path / "v.vec").matrix[0, -1] == np.float32(1 / 9)


def change(path, arrays=None, **entries):
    """Write a checkpoint anew with other arrays, or other entries of its header."""
    kept, header = nn.checkpoint.load(path)
    nn.checkpoint.save(path, {**kept, **(arrays or {})}, {**header, **entries})


def test_a_state_of_the_optimiser_has_its_parameters_shape(tmp_path):
    def run():
        net = nn.Linear(80, 80, rng=0)
        return Training(net, nn.optim.Adam(net.parameters()))

    path, state = tmp_path / "run.safetensors", run()
    state.model(cutaway.ones(2, 80)).sum().backward()
    state.optimiser.step()
    state.save(path)
    run().load(path)
    whole = path.read_bytes()
    for arrays, complaint in (
        ({"optimiser.0.m": np.zeros((), np.float32)}, r"saved state 0\.m \(\) fits no parameter"),
        ({"optimiser.0.m": np.zeros((80, 80), np.int32)}, r"0\.m: expected a float, got int32"),
        (
            {"optimiser.0.w": np.zeros((80, 80), np.float32)},
            r"expected a saved state of m, step, v, came m, step, v, w",
        ),
    ):
        path.write_bytes(whole)
        change(path, arrays)
        with pytest.raises(nn.CheckpointError, match=complaint):
            run().load(path)
    for entries, complaint in (
        ({"epoch": -1}, "expected epoch, int from 0"),
        ({"stop": "no"}, "expected stop, bool"),
        ({"rates": [float("nan")]}, "expected rates, 1 finite numbers"),
        ({"history": {"loss": 1}}, "expected history, a list of objects"),
        ({"groups": [{"lr": "fast"}]}, "saved settings and its own differ"),
    ):
        path.write_bytes(whole)
        change(path, **entries)
        with pytest.raises(nn.CheckpointError, match=complaint):
            run().load(path)


def test_documents_that_a_checkpoint_has_not(tmp_path):
    path, text = tmp_path / "d.safetensors", ["a bat", "a cat", "the bat"] * 4
    Doc2Vec(dim=4, min_count=1, epochs=1).fit(text, progress=False).save(path)
    change(path, {"d": load_file(path)["d"][:1].copy()})
    model = Doc2Vec.load(path)
    model.epochs = 2
    with pytest.raises(cutaway.ShapeError, match="d has 1 rows for 1 documents, the text has 12"):
        model.resume(text, progress=False)


@pytest.mark.parametrize(
    "entry", [{"epoch": -3}, {"epoch": 10**9}, {"epoch": "1"}, {"history": 3}, {"text": None}]
)
def test_headers_of_the_wrong_kind(entry, tmp_path):
    path = tmp_path / "d.safetensors"
    Doc2Vec(dim=4, min_count=1, epochs=1).fit(["a bat", "a cat"], progress=False).save(path)
    change(path, **entry)
    with pytest.raises(nn.CheckpointError, match=f"expected {next(iter(entry))}"):
        Doc2Vec.load(path)


def test_deep_nesting(tmp_path):
    path = tmp_path / "x.safetensors"
    cutaway.save({"a": cutaway.ones(2)}, path)
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    head = json.loads(content[8 : 8 + size])
    head["__metadata__"]["tree"] = "[" * 100_000
    packed = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(packed)) + packed + content[8 + size :])
    with pytest.raises(FileError, match="expected a tree of values in the header"):
        cutaway.load(path)


def test_an_image_starts_no_program(tmp_path, monkeypatch):
    from PIL import Image

    started = tmp_path / "started"
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {started}\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{shutil.os.environ['PATH']}")
    Image.new("RGB", (8, 8)).save(tmp_path / "x.eps")
    shutil.copy(tmp_path / "x.eps", tmp_path / "photo.png")
    for read in (read_image, read_mask):
        with pytest.raises(FileError, match=r"photo\.png: expected a JPEG, PNG, GIF or TIFF"):
            read(tmp_path / "photo.png")
    assert not started.exists()


def test_a_mask_of_very_many_pixels(tmp_path):
    from PIL import Image

    Image.new("L", (6000, 6000)).save(tmp_path / "m.png")
    with pytest.raises(FileError, match=r"6000 x 6000 pixels would take 576,000,000"):
        read_mask(tmp_path / "m.png")
    assert read_mask(tmp_path / "m.png", max_bytes=1 << 30).shape == (6000, 6000)


def test_a_checkpoint_that_does_not_fit_leaves_the_model_as_it_was(tmp_path):
    """The model's part is read before what is wrong: it must not stay half of another training."""

    def training(seed):
        net = nn.Linear(3, 2, rng=seed)
        return nn.Training(net, nn.optim.Adam(net.parameters()))

    path = tmp_path / "t.safetensors"
    training(0).save(path)
    change(path, generators={}, callbacks=[{}])
    other = training(1)
    before = {name: value.copy() for name, value in other.model.state_dict().items()}
    with pytest.raises(FileError, match="does not fit this training"):
        other.load(path)
    assert all(np.array_equal(value, before[name]) for name, value in other.model.state_dict().items())
