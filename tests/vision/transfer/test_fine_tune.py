"""Fine-tuning: exact rates, layers that stay as they are to the bit, one more layer an epoch, and resuming."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cutaway import nn
from cutaway.nn.schedule import slanted_triangular
from cutaway.vision.data.class_folders import find_classes
from cutaway.vision.networks.classification_net import classification_net
from cutaway.vision.networks.preprocess import Preprocess
from cutaway.vision.transfer.backbone import freeze, layers, moved, snapshot, unfreeze
from cutaway.vision.transfer.fine_tune import (
    GradualUnfreezing,
    fine_tune,
    param_groups,
    rate_table,
    schedule_of,
    show_rates,
)


def small(classes=2, rng=3):
    net = classification_net("small", classes, rng=rng)
    net.preprocess = Preprocess(size=32, resize=None)
    return net


@pytest.mark.parametrize(
    ("name", "count", "first", "last"),
    [
        ("small", 9, "features.0", "classifier.1"),
        ("squeezenet1_0", 10, "features.0", "classifier.1"),
        ("mobilenet_v1", 15, "features.0", "classifier.1"),
        ("resnet18", 10, "conv1", "fc"),
        ("vgg11_bn", 11, "features.0", "classifier.6"),
        ("alexnet", 8, "features.0", "classifier.6"),
    ],
)
def test_layers_hold_every_parameter_once(name, count, first, last, unfilled):
    net = classification_net(name, 2)
    found = layers(net)
    assert (len(found), found[0].path, found[-1].path) == (count, first, last)
    held = [id(p) for layer in found for p in layer.parameters()]
    assert sorted(held) == sorted(id(p) for p in net.parameters())


def test_rates_fall_by_2_6_from_layer_to_layer():
    net = small()
    groups = param_groups(net, 0.01, weight_decay=0.1)
    assert groups[-1]["lr"] == 0.01
    assert [later["lr"] / earlier["lr"] for earlier, later in itertools.pairwise(groups)] == [
        pytest.approx(2.6, rel=1e-12)
    ] * 8
    assert {group["weight_decay"] for group in groups} == {0.1}
    assert len({group["lr"] for group in param_groups(net, 0.01, decay=1)}) == 1
    unfreeze(net, 2)
    rates = [rate for _, _, rate in rate_table(net, 0.01)]
    assert rates == [0.0] * 7 + [0.01 / 2.6, 0.01]
    assert show_rates(net, 0.01).count("frozen") == 7
    with pytest.raises(ValueError, match="expected decay above 0"):
        param_groups(net, 0.01, decay=0)


def test_the_triangle_reaches_its_floor_at_the_last_step():
    factor = schedule_of("slanted", 200)
    assert factor(0) == factor(200) == 1 / 32
    assert factor(20) == 1
    p = 1 - (110 - 20) / (20 * (1 / 0.1 - 1))  # the corrected form
    assert factor(110) == pytest.approx((1 + p * 31) / 32)
    assert factor(110) == slanted_triangular(200)(110)
    with pytest.raises(ValueError, match="slanted, one-cycle, constant, got 'steep'"):
        schedule_of("steep", 10)


@pytest.mark.parametrize("k", [1, 3, 9])
def test_frozen_layers_stay_as_they_are_to_the_bit(k, folder):
    net, data = small(), find_classes(folder)
    before = {name: values.copy() for name, values in net.state_dict().items()}
    fine_tune(net, data.train, data.val, k=k, epochs=1, batch_size=4, show=False)
    learnt = {layer.path for layer in layers(net)[-k:]}
    norms = {f"features.{int(path.split('.')[1]) + 1}" for path in learnt if path.startswith("features.")}
    for name, values in net.state_dict().items():
        changed = not np.array_equal(values, before[name])
        assert changed == (name.rpartition(".")[0] in learnt | norms), name


def test_a_frozen_batch_norm_stays_in_evaluation_whatever_train_says():
    net = small().train()
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    freeze(net, 3)
    assert [norm.training for norm in norms] == [False] * 3 + [True] * 5
    assert not net.eval().train().features[1].training
    freeze(net, 0)
    assert all(norm.training for norm in norms)
    net.eval()
    assert not any(norm.training for norm in norms)
    with pytest.raises(ValueError, match="expected 0 to 9 layers"):
        unfreeze(net, 10)


def test_one_more_layer_learns_in_each_epoch(folder):
    net, data, open_layers = small(), find_classes(folder), []
    note = [lambda training: open_layers.append(sum(layer.learns for layer in layers(net)))]
    history = fine_tune(
        net, data.train, data.val, epochs=4, k=3, gradual=True, batch_size=8, callbacks=note, show=False
    )
    assert open_layers == [2, 3, 3, 3], "as it is after the first epoch, and so on"
    assert len(history) == 4
    begun = GradualUnfreezing(small())
    assert [layer.learns for layer in layers(begun.net)] == [False] * 8 + [True]
    begun.load_state_dict({"open": 4}, {})
    assert sum(layer.learns for layer in layers(begun.net)) == 4


def test_layers_near_the_input_move_least(folder):
    net, data = small(), find_classes(folder)
    before = snapshot(net)
    assert set(moved(net, before).values()) == {0.0}
    fine_tune(net, data.train, data.val, epochs=2, lr=0.01, batch_size=4, show=False)
    shares = list(moved(net, before).values())
    assert all(share > 0 for share in shares)
    assert shares[0] < shares[3] < shares[6] < shares[8]


def test_it_goes_on_in_the_middle_of_unfreezing_to_the_bit(folder, tmp_path):
    data, how = find_classes(folder), {"epochs": 3, "gradual": True, "batch_size": 4, "show": False}
    whole = small()
    expected = fine_tune(whole, data.train, data.val, **how)

    class Stopped(Exception):
        pass

    def stop(training):
        if training.epoch == 2:
            raise Stopped

    place = tmp_path / "c.safetensors"
    with pytest.raises(Stopped):
        fine_tune(
            small(), data.train, data.val, **how, callbacks=[stop], checkpoint=place, checkpoint_every=3
        )
    resumed = small()
    history = fine_tune(resumed, data.train, data.val, **how, callbacks=[lambda t: None], checkpoint=place)
    for name, values in whole.state_dict().items():
        np.testing.assert_array_equal(resumed.state_dict()[name], values, err_msg=name)
    assert [each["loss"] for each in history] == [each["loss"] for each in expected]
