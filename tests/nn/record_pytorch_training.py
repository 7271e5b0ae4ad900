"""Record how PyTorch's optimisers and schedulers go: ``python tests/nn/record_pytorch_training.py``.

The file holds results only; what was asked stands here, and the tests ask the same.
"""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(__file__).with_name("pytorch_training.json")
START = [0.5, -1.5, 2.0]  # w; its loss is sum(c w^2 + sin w)
CURVES = [0.1, 1.0, 3.0]
STEPS = 7

OPTIMISERS = {
    "Adam amsgrad": {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True},
    "AdamW amsgrad": {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True, "weight_decay": 0.1},
    "Adamax": {"lr": 0.1, "weight_decay": 0.1},
    "NAdam": {"lr": 0.1, "weight_decay": 0.1},
    "RAdam": {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.1},
}
SCHEDULERS = {
    "StepLR": {"step_size": 3, "gamma": 0.5},
    "MultiStepLR": {"milestones": [2, 5, 5], "gamma": 0.5},
    "ExponentialLR": {"gamma": 0.9},
    "ConstantLR": {"factor": 0.25, "total_iters": 4},
    "LinearLR": {"start_factor": 0.2, "end_factor": 0.8, "total_iters": 6},
    "PolynomialLR": {"total_iters": 8, "power": 0.9},
    "CosineAnnealingLR": {"T_max": 6, "eta_min": 0.01},
    "CosineAnnealingWarmRestarts": {"T_0": 3, "T_mult": 2, "eta_min": 0.01},
}
PLATEAUS = {
    "min": {"factor": 0.5, "patience": 1, "cooldown": 1},
    "max": {"mode": "max", "factor": 0.5, "patience": 0, "threshold": 0.1, "min_lr": 0.03},
}
NUMBERS = [5.0, 4.0, 4.0, 4.0, 4.2, 4.1, 3.0, 3.1, 3.2, 3.3, 2.9, 2.9, 2.9]  # what should improve, by epoch
EPOCHS = 13


def main() -> None:
    import torch

    results = {"made by": f"PyTorch {torch.__version__}, float64", "optimisers": {}, "schedulers": {}}
    for name, options in OPTIMISERS.items():
        w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
        optimiser = getattr(torch.optim, name.split()[0])([w], **options)
        results["optimisers"][name] = path = []
        for _ in range(STEPS):
            optimiser.zero_grad()
            (torch.tensor(CURVES, dtype=torch.float64) * w**2 + torch.sin(w)).sum().backward()
            optimiser.step()
            path.append(w.tolist())
    for name, options in SCHEDULERS.items():
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        scheduler = getattr(torch.optim.lr_scheduler, name)(optimiser, **options)
        results["schedulers"][name] = rates = [optimiser.param_groups[0]["lr"]]
        for _ in range(EPOCHS):
            optimiser.step()
            scheduler.step()
            rates.append(optimiser.param_groups[0]["lr"])
    for name, options in PLATEAUS.items():
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, **options)
        results["schedulers"][f"plateau {name}"] = rates = []
        for number in NUMBERS:
            scheduler.step(number)
            rates.append(optimiser.param_groups[0]["lr"])
    FILE.write_text(json.dumps(results))


if __name__ == "__main__":
    main()
