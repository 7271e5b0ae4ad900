"""Record PyTorch's maps of a small network: ``python tests/vision/record_maps.py`` with torch and captum-free code.

Weights and image come from NumPy's generator, so that the file holds results only.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("maps.json")
SHAPES = {
    "0.weight": (4, 2, 3, 3),
    "0.bias": (4,),
    "3.weight": (5, 4, 3, 3),
    "3.bias": (5,),
    "6.weight": (3, 45),
}
TARGET, STEPS = 1, 8


def given() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return weights and image, float64."""
    rng = np.random.default_rng(7)
    return {name: rng.normal(0, 0.4, shape) for name, shape in SHAPES.items()}, rng.normal(size=(1, 2, 6, 6))


def main() -> None:
    import torch
    from torch import nn

    weights, image = given()
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(45, 3, bias=False),
    ).double()  # fmt: skip
    net.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})

    def gradient(x):
        x = torch.tensor(x, requires_grad=True)
        net(x)[:, TARGET].sum().backward()
        return x.grad.numpy()

    found = {"version": torch.__version__, "saliency": gradient(image)[0]}
    places = (np.arange(STEPS) + 0.5) / STEPS
    found["integrated"] = image[0] * np.mean([gradient(p * image)[0] for p in places], axis=0)
    for rule in ("guided", "deconvnet"):
        hooks = []
        for module in net:
            if isinstance(module, nn.ReLU):

                def back(module, g_in, g_out, rule=rule):
                    source = g_in[0] if rule == "guided" else g_out[0]
                    return (torch.relu(source),)

                hooks.append(module.register_full_backward_hook(back))
        found[rule] = gradient(image)[0]
        for hook in hooks:
            hook.remove()
    maps = net[:5](torch.tensor(image)).detach().requires_grad_()
    net[5:](maps)[:, TARGET].sum().backward()
    a, g = maps.detach().numpy()[0], maps.grad.numpy()[0]
    found["grad-cam"] = np.maximum((g.mean((1, 2), keepdims=True) * a).sum(0), 0)
    found["hires-cam"] = np.maximum((g * a).sum(0), 0)
    found["layer-cam"] = np.maximum((np.maximum(g, 0) * a).sum(0), 0)
    kept = {
        name: value if name == "version" else np.round(value, 12).tolist() for name, value in found.items()
    }
    FILE.write_text(json.dumps(kept) + "\n")


if __name__ == "__main__":
    main()
