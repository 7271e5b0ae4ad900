"""`cutaway segment` from a folder to masks: what it writes, resumes, refuses."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from cutaway import nn
from cutaway.__main__ import main
from cutaway.commands.segment_predict import run_lengths
from cutaway.vision import SceneDataset, segmentation_net, voc_palette
from cutaway.vision.segmentation.recipes import PRESETS, Recipe
from cutaway.vision.segmentation.run import SegmentationRun
from PIL import Image

OPTIONS = "--seed 5 --names ground,disc,square,triangle,ring --epochs 2 --batch 2 --quiet --augment flip=0.5,rotate=5"


def write_scenes(root, count=10):
    for i in range(count):
        image, mask = SceneDataset(count, 48, seed=3)[i]
        for folder, pixels in (("images", np.moveaxis(image, 0, -1) * 255), ("masks", mask)):
            (root / folder).mkdir(exist_ok=True)
            Image.fromarray(pixels.astype(np.uint8)).save(root / folder / f"{i}.png")
    return root


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_scenes(tmp_path_factory.mktemp("scenes"))


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """A run of two epochs, and the JSON line that it printed last."""
    run = tmp_path_factory.mktemp("runs") / "run"
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["segment", "train", str(data), "--out", str(run), *OPTIONS.split()]) == 0
    return run, json.loads(out.getvalue().splitlines()[-1])


def last_line(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_check_says_what_is_there(data, capsys):
    assert main(["segment", "check", str(data)]) == 0
    assert "images   7 train, 1 val, 2 test (splits drawn by the seed)" in capsys.readouterr().out
    assert main(["segment", "check", str(data), "--names", "ground,disc", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["layout"] == "folders"
    assert "--map 2=CLASS or --void 2" in found["errors"][0]


def test_training_leaves_a_run(trained):
    run, line = trained
    assert {each.name for each in run.iterdir()} >= {
        "run.json", "best.safetensors", "train.safetensors", "history.json", "report.html"
    }  # fmt: skip
    assert line["epochs"] == 2
    assert 0 < line["mean_iou"] < 1
    history = json.loads((run / "history.json").read_text())
    assert line["mean_iou"] == max(entry["mean_iou"] for entry in history)
    page = (run / "report.html").read_text()
    assert page.count("data:image/png") >= 5
    assert "cutaway segment train" in page or "command" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_an_interrupted_run_goes_on_to_the_bit(data, trained, tmp_path, monkeypatch, capsys):
    run = tmp_path / "run"
    save, calls = nn.Training.save, []

    def killed(training, path, callbacks=()):
        save(training, path, callbacks)
        calls.append(path)
        if len(calls) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(nn.Training, "save", killed)
    words = ["segment", "train", str(data), "--out", str(run), *OPTIONS.split()]
    assert main(words) == 130
    assert "--resume goes on" in capsys.readouterr().err
    assert main(words) == 2
    assert "there is a run already; --resume goes on with it" in capsys.readouterr().err
    assert main(["segment", "train", str(data), "--out", str(run), "--resume", "--quiet"]) == 0
    found, whole = (nn.checkpoint.load(each / "train.safetensors")[0] for each in (run, trained[0]))
    assert found.keys() == whole.keys()
    assert all(np.array_equal(found[name], whole[name]) for name in whole)


def test_predict_writes_masks_of_any_size(trained, tmp_path, capsys):
    run, _ = trained
    rng = np.random.default_rng(0)
    for name, size in (("a.jpg", (40, 70)), ("b.png", (130, 90))):
        Image.fromarray(rng.integers(0, 255, (*size, 3), dtype=np.uint8)).save(tmp_path / name)
    out = tmp_path / "masks"
    words = [
        "segment",
        "predict",
        str(run),
        str(tmp_path / "a.jpg"),
        str(tmp_path / "b.png"),
        "--out",
        str(out),
    ]
    assert main([*words, "--tile", "96", "--write", "labels,overlay,probabilities"]) == 0
    assert {each.name for each in out.iterdir()} == {
        "a.png", "a_overlay.png", "a.npz", "b.png", "b_overlay.png", "b.npz"
    }  # fmt: skip
    with Image.open(out / "b.png") as mask, np.load(out / "b.npz") as chances:
        assert mask.mode == "P"
        assert mask.getpalette()[: 3 * 20] == voc_palette()[:20].ravel().tolist()
        labels = np.asarray(mask)
        assert labels.shape == (130, 90)
        agree = chances["probabilities"].argmax(0) == labels
        assert agree.mean() > 0.99  # kept as float16
    assert main([*words, "--write", "rle"]) == 2
    assert "--write rle: it is for two classes, the run has 5" in capsys.readouterr().err
    assert main([*words, "--tta", "flip"]) == 0
    assert "each image is looked at twice" in capsys.readouterr().err


def test_evaluate_prints_one_line_of_json(data, trained, capsys):
    run, line = trained
    assert main(["segment", "evaluate", str(run), str(data), "--split", "val"]) == 0
    found = last_line(capsys)
    assert found["mean_iou"] == pytest.approx(line["mean_iou"])
    assert found["images"] == 1
    assert set(found["iou"]) == {"ground", "disc", "square", "triangle", "ring"}
    assert main(["segment", "show", str(run)]) == 0
    assert "unet on small" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        ("--net unett", "--net: no network 'unett', there are"),
        ("--backbone tiny", "--backbone: no backbone 'tiny'"),
        ("--preset fcn9s", "--preset: expected one of classroom"),
        ("--loss hinge", "--loss: expected one of cross-entropy"),
        ("--class-weights log", "--class-weights: expected one of none"),
        ("--augment flip", "--augment: expected NAME=NUMBER"),
        ("--augment turn=2", "--augment: got an unexpected keyword argument 'turn'"),
        ("--net-options bases=2", "--net-options: got an unexpected keyword argument 'bases'"),
        ("--augment flip=2", "--augment: flip is a probability"),
        ("--size 48", "--size: expected HEIGHTxWIDTH"),
        ("--lr 0", "--lr: expected a number above 0, got 0.0"),
        ("--weights nowhere.npz", "--weights nowhere.npz: there is no such file"),
        ("--map 1:2", "--map: expected LABEL=CLASS"),
        ("--names ground,disc", "labels that are none of the 2 classes"),
        ("--resume", "--resume: there is no run in"),
    ],
)
def test_mistakes_are_told_before_the_work(flags, complaint, data, tmp_path, capsys):
    assert main(["segment", "train", str(data), "--out", str(tmp_path / "run"), *flags.split()]) == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_images_of_many_sizes_need_one(data, tmp_path, capsys):
    root = write_scenes(tmp_path, 8)
    for folder in ("images", "masks"):
        with Image.open(root / folder / "0.png") as image:
            image.resize((60, 50), Image.Resampling.NEAREST).save(root / folder / "0.png")
    assert main(["segment", "train", str(root), "--out", str(tmp_path / "run")]) == 2
    assert "the images have 2 sizes (48x48, 60x50, ...), and --batch 8 needs one" in capsys.readouterr().err


def test_a_run_without_a_best_network_has_its_latest(trained, tmp_path):
    run, _ = trained
    shutil.copytree(run, tmp_path / "run")
    (tmp_path / "run" / "best.safetensors").unlink()
    net = SegmentationRun.load(run).best(tmp_path / "run")
    latest = nn.checkpoint.load(run / "train.safetensors")[0]
    assert all(np.array_equal(value, latest[f"model.{name}"]) for name, value in net.state_dict().items())


def test_damaged_runs(trained, tmp_path, capsys):
    run, _ = trained
    for content in ("{", "[]", '{"kind": "segmentation", "recipe": {}}', '{"kind": "x"}'):
        (tmp_path / "run.json").write_text(content)
        assert main(["segment", "show", str(tmp_path)]) == 2
        assert "run.json" in capsys.readouterr().err
    assert main(["segment", "show", str(tmp_path / "none")]) == 2
    assert SegmentationRun.load(run).classes[1] == "disc"


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "classroom"])
def test_presets_build_an_optimiser_for_their_network(name):
    """On the small trunk where the network exists there: rates and decay by group."""
    recipe = PRESETS[name]
    net = segmentation_net(recipe.net, 3, "small", rng=0)
    groups = recipe.optimiser_of(net).groups
    assert sum(len(group["params"]) for group in groups) == len(list(net.parameters()))
    assert {group["lr"] for group in groups} <= {
        recipe.lr * a * b for a in (1, recipe.bias_lr) for b in (1, recipe.head_lr)
    }
    assert recipe.schedule_of(10)(0) > 0


def test_a_recipe_says_what_it_takes():
    with pytest.raises(ValueError, match="schedule: expected one of one-cycle, poly, constant, got 'step'"):
        Recipe(schedule="step")


def test_run_lengths_by_hand():
    assert run_lengths(np.array([[1, 1, 0], [1, 0, 0]], bool)) == "1 3"
    assert run_lengths(np.zeros((2, 2), bool)) == ""
