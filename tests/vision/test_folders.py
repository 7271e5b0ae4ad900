"""Folders of images and masks: every layout is recognised, and what would spoil a training is told before it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.vision import SegmentationFolder, check_segmentation, find_layout, voc_stats
from cutaway.vision.data.classes import VOC
from cutaway.vision.data.images import image_info, read_image, read_mask
from cutaway.vision.data.palette import voc_palette
from PIL import Image

HEIGHT, WIDTH = 6, 8


def picture(path, seed=0, size=(HEIGHT, WIDTH), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)


def mask(path, labels=(0, 1), size=(HEIGHT, WIDTH), palette=False, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.resize(np.array(labels, np.uint8), size)
    made = Image.fromarray(pixels)
    if palette:
        made.putpalette(voc_palette().ravel().tolist())
    made.save(path, **options)


def camvid(root):
    for split, n in (("train", 3), ("val", 2), ("test", 1)):
        for i in range(n):
            picture(root / split / f"{split}{i}.jpg", hash((split, i)) % 1000)
            mask(root / f"{split}annot" / f"{split}{i}.png", (0, 10, 11))


def voc(root):
    for i, name in enumerate(["2007_000032", "2007_000033", "2007_000039"]):
        picture(root / "JPEGImages" / f"{name}.jpg", i)
        mask(root / "SegmentationClass" / f"{name}.png", (0, 1, 15, 255), palette=True)
    picture(root / "JPEGImages" / "without_mask.jpg", 9)
    lists = root / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("2007_000032\n2007_000039\n2009_not_here\n")
    (lists / "val.txt").write_text("2007_000033\n")


def cityscapes(root):
    for split, n in (("train", 2), ("val", 1)):
        for i in range(n):
            name = f"town_{split}{i}"
            picture(root / "leftImg8bit" / split / "town" / f"{name}_leftImg8bit.png", 10 * n + i)
            mask(root / "gtFine" / split / "town" / f"{name}_gtFine_labelIds.png", (7, 33, 0))


def nnunet(root):
    for i in range(8):
        picture(root / "imagesTr" / f"case_{i}_0000.png", i)
        mask(root / "labelsTr" / f"case_{i}.png", (0, 1, 2))
    (root / "dataset.json").write_text(json.dumps({"labels": {"background": 0, "bone": 1, "skin": 2}}))


def pets(root):
    for i in range(8):
        picture(root / "images" / f"cat_{i}.jpg", i)
        mask(root / "annotations" / "trimaps" / f"cat_{i}.png", (1, 2, 3))


def isbi(root):
    rng = np.random.default_rng(0)
    for name, values in (("train-volume.tif", 255), ("train-labels.tif", 2)):
        pages = [
            Image.fromarray(
                (rng.integers(0, values, (HEIGHT, WIDTH)) * (255 if values == 2 else 1)).astype(np.uint8)
            )
            for _ in range(10)
        ]
        pages[0].save(root / name, save_all=True, append_images=pages[1:])


def side_by_side(root):
    for i in range(8):
        picture(root / "images" / f"{i}.png", i)
        mask(root / "masks" / f"{i}.png")


def carvana(root):
    for i in range(8):
        picture(root / "train" / f"car{i}.jpg", i)
        mask(root / "train_masks" / f"car{i}_mask.gif")


def inside_splits(root):
    for split in ("train", "val"):
        for i in range(2):
            picture(root / split / "rgb" / f"{split}{i}.jpeg", hash((split, i)) % 1000)
            mask(root / split / "mask" / f"{split}{i}_L.png")


LAYOUTS = {
    "camvid": (camvid, {"train": 3, "val": 2, "test": 1}, {0, 10, 255}),
    "voc": (voc, {"train": 2, "val": 1}, {0, 1, 15, 255}),
    "cityscapes": (cityscapes, {"train": 2, "val": 1}, {0, 18, 255}),
    "nnunet": (nnunet, {"train": 6, "val": 1, "test": 1}, {0, 1, 2}),
    "pets": (pets, {"train": 6, "val": 1, "test": 1}, {0, 1, 255}),
    "isbi": (isbi, {"train": 7, "val": 1, "test": 2}, {0, 1}),
    "side_by_side": (side_by_side, {"train": 6, "val": 1, "test": 1}, {0, 1}),
    "carvana": (carvana, {"train": 6, "val": 1, "test": 1}, {0, 1}),
    "inside_splits": (inside_splits, {"train": 2, "val": 2}, {0, 1}),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_are_recognised(name, tmp_path):
    make, counts, labels = LAYOUTS[name]
    make(tmp_path)
    layout = find_layout(tmp_path)
    assert layout.kind in (name, "folders")
    assert {split: len(pairs) for split, pairs in layout.splits.items()} == counts
    assert len({pair for pairs in layout.splits.values() for pair in pairs}) == sum(counts.values())
    assert find_layout(tmp_path, seed=0).splits == layout.splits
    data = SegmentationFolder(tmp_path, "train")
    image, classes = data[0]
    assert image.shape == (3, HEIGHT, WIDTH)
    assert image.dtype == np.float32
    assert set(np.unique(classes)) == labels
    check = check_segmentation(tmp_path).expect_usable()
    assert sum(map(int, check.pixels["train"])) + check.void["train"] == counts["train"] * HEIGHT * WIDTH
    assert str(check).startswith(f"layout   {layout.kind}\n")


def test_lists_beside_and_the_seed(tmp_path):
    side_by_side(tmp_path)
    others = find_layout(tmp_path, seed=1)
    assert others.drawn
    assert others.splits != find_layout(tmp_path, seed=2).splits
    (tmp_path / "train.txt").write_text("0\n1.png\n")
    (tmp_path / "val.txt").write_text("2\n")
    layout = find_layout(tmp_path)
    assert [pair.image.stem for pair in layout.splits["train"]] == ["0", "1"]
    assert not layout.drawn
    (tmp_path / "val.txt").write_text("2\nnobody\n")
    with pytest.raises(FileError, match=r"val\.txt: line 2: expected the name of an image, came 'nobody'"):
        find_layout(tmp_path)


def test_names_maps_and_sizes(tmp_path):
    side_by_side(tmp_path)
    plain = SegmentationFolder(tmp_path)
    assert plain.classes == ("0", "1")
    data = SegmentationFolder(tmp_path, classes=("ground", "cat"), labels={1: 0, 0: 1}, size=(3, 4))
    image, classes = data[0]
    assert image.shape == (3, 3, 4)
    expected = 1 - plain[0][1][1::2, 1::2]
    assert np.array_equal(classes, expected)
    assert set(np.unique(SegmentationFolder(tmp_path, void=[1])[0][1])) == {0, 255}
    with pytest.raises(ValueError, match="classes from 0 to 255, got 1=300"):
        SegmentationFolder(tmp_path, labels={1: 300})
    with pytest.raises(
        FileNotFoundError, match=r"there is no split 'extra' with images; it has train, val, test"
    ):
        SegmentationFolder(tmp_path, "extra")


def test_folders_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        find_layout(tmp_path / "no")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(
        FileNotFoundError, match=r"expected images and their masks in a layout such as .*notes\.txt"
    ):
        find_layout(tmp_path)
    side_by_side(tmp_path)
    (tmp_path / "masks" / "3.png").unlink()
    with pytest.raises(FileError, match=r"1 masks are missing, the first is .*3\.png"):
        find_layout(tmp_path)


class TestCheck:
    """One case for each thing that has spoilt a training."""

    @pytest.fixture
    def root(self, tmp_path):
        side_by_side(tmp_path)
        return tmp_path

    def errors(self, root, **options):
        return " | ".join(check_segmentation(root, **options).errors)

    def test_binary_masks_of_0_and_255(self, root):
        for path in (root / "masks").iterdir():
            mask(path, (0, 255))
        assert (
            "the masks have only 0 and 255, and 255 is void: for the class 1 say labels={255=1"
            in self.errors(root)
        )
        assert not self.errors(root, labels={255: 1})
        assert SegmentationFolder(root, labels={255: 1}).classes == ("0", "1")
        with pytest.raises(ValueError, match="the data cannot be trained on"):
            check_segmentation(root).expect_usable()

    def test_labels_outside(self, root):
        mask(root / "masks" / "0.png", (0, 7))
        found = self.errors(root, classes=("a", "b"), names=("--map ", "--void "))
        assert "labels that are none of the 2 classes: 7 (6.25%); say --map 7=CLASS or --void 7" in found
        assert not self.errors(root, classes=("a", "b"), void=[7])
        splits = ("train", "val", "test")
        items = (item for split in splits for item in SegmentationFolder(root, split, ("a", "b")))
        with pytest.raises(FileError, match=r"0\.png: label 7 is none of the 2 classes, 0 to 1"):
            list(items)

    def test_smeared_masks(self, root):
        (root / "masks" / "0.png").unlink()
        mask(root / "masks" / "0.jpg")
        mask(root / "masks" / "1.png", tuple(range(45)))
        found = self.errors(root)
        assert "2 masks are smeared, by JPEG or a smooth resize" in found
        assert "0.jpg is a JPEG" in found
        assert "1.png has 45 labels" in found

    def test_sizes(self, root):
        mask(root / "masks" / "2.png", size=(WIDTH, HEIGHT))
        assert f"2.png ({HEIGHT}x{WIDTH} and {WIDTH}x{HEIGHT})" in self.errors(root)

    def test_damaged_and_coloured_masks(self, root):
        (root / "masks" / "4.png").write_bytes(b"no png")
        picture(root / "masks" / "5.png")
        found = self.errors(root)
        assert "2 cannot be read" in found
        assert "5.png: expected a mask of class numbers (grey or palette PNG), got colours" in found

    def test_the_same_image_in_two_splits(self, root):
        for split, name in (("train", "0"), ("val", "1")):
            (root / f"{split}.txt").write_text(name)
        picture(root / "images" / "0.png", 3)
        picture(root / "images" / "1.png", 3)
        assert "1 images stand in two splits, the first is" in self.errors(root)

    def test_what_is_handled_is_a_note(self, root):
        exif = Image.Exif()
        exif[0x0112] = 6
        picture(root / "images" / "0.png", 0, (WIDTH, HEIGHT), exif=exif)
        wide = np.linspace(0, 65535, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype(np.uint16)
        Image.fromarray(wide).save(root / "images" / "1.png")
        Image.fromarray(np.full((HEIGHT, WIDTH, 4), 200, np.uint8)).save(root / "images" / "2.png")
        check = check_segmentation(root)
        assert not check.errors
        assert any(note.startswith("1 images are turned by their EXIF") for note in check.notes)
        assert any(note.startswith("1 images have 16 bits") for note in check.notes)
        assert any(note.startswith("1 images are transparent") for note in check.notes)


def test_reading_images(tmp_path):
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 20
    for kind in (".png", ".tif"):
        Image.fromarray(pixels).save(tmp_path / f"x{kind}")
        assert np.array_equal(read_image(tmp_path / f"x{kind}"), pixels)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "turned.png"), np.rot90(pixels, -1))
    assert image_info(tmp_path / "turned.png").turned
    Image.fromarray(np.array([[0, 65535]], np.uint16)).save(tmp_path / "wide.png")
    assert read_image(tmp_path / "wide.png").tolist() == [[[0, 0, 0], [255, 255, 255]]]
    grey = np.repeat(np.array([[3, 9]], np.uint8)[..., None], 3, 2)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert read_mask(tmp_path / "grey.png").tolist() == [[3, 9]]
    with pytest.raises(FileError, match="expected a JPEG, PNG, GIF or TIFF"):
        read_image(tmp_path / "x.png", page=3)


@pytest.mark.parametrize("source", ["instances", "annotations"])
def test_table_2_of_a_made_tree(source, tmp_path):
    """Two images to train, one to validate; trainval is their sum, images of several classes count in each."""
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("a\nb\n")
    (lists / "val.txt").write_text("c\n")
    objects = {"a": ["cat", "cat", "person"], "b": ["person"], "c": ["cat"]}
    for name, classes in objects.items():
        labels = [0, 255, *(VOC.index(each) for each in classes)]
        mask(tmp_path / "SegmentationClass" / f"{name}.png", labels, palette=True)
        if source == "instances":
            mask(tmp_path / "SegmentationObject" / f"{name}.png", [0, 255, *range(1, len(classes) + 1)])
        else:
            (tmp_path / "Annotations").mkdir(exist_ok=True)
            named = "".join(f"<object><name>{each}</name></object>" for each in classes)
            (tmp_path / "Annotations" / f"{name}.xml").write_text(f"<annotation>{named}</annotation>")
    stats = voc_stats(tmp_path)
    cat, person = (VOC.index(each) - 1 for each in ("cat", "person"))
    assert stats.images[cat].tolist() == [1, 1, 2]
    assert stats.objects[cat].tolist() == [2, 1, 3]
    assert stats.images[person].tolist() == [2, 0, 2]
    assert stats.totals.tolist() == [[2, 4], [1, 1], [3, 5]]
    assert np.array_equal(stats.objects.sum(0), stats.totals[:, 1])
    assert "cat" in str(stats)
    if source == "annotations":
        (tmp_path / "Annotations" / "a.xml").write_text('<!DOCTYPE x [<!ENTITY a "b">]><annotation/>')
        with pytest.raises(FileError, match="expected XML without declarations"):
            voc_stats(tmp_path)
