"""Contestants of `benchmarks/inference.py`: PyTorch, ONNX Runtime, OpenVINO.  Cases from stdin, seconds back.

    python benchmarks/inference_peers.py torch|onnxruntime|openvino [--channels-last]

The two runtimes get the network as PyTorch exports it, in float32.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
from inference_nets import NETS
from kernels_contestant import answer
from kernels_torch import _forward, _step

ENGINE = sys.argv[1]
THREADS = int(os.environ["CUTAWAY_NUM_THREADS"])


def prepare(case: dict) -> Callable[[], object]:
    """Return the call to be timed."""
    torch.manual_seed(0)
    torch.set_num_threads(THREADS)
    net, x = NETS[case["net"]](), torch.randn(case["x"])
    if case["kind"] == "step":
        momentum = torch.optim.SGD(net.parameters(), 1e-2, momentum=0.9)
        optimiser = torch.optim.Adam(net.parameters(), 1e-3) if case.get("optimiser") == "Adam" else momentum
        return _step(net, optimiser, x, torch.randint(0, 10, (len(x),)))
    net.eval()
    if ENGINE == "torch":
        return _forward(net, x)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        warnings.simplefilter("ignore", DeprecationWarning)  # the exporter of TorchScript, which is enough
        torch.onnx.export(net, (x,), path, dynamo=False, input_names=["x"])
        return (_onnxruntime if ENGINE == "onnxruntime" else _openvino)(path, x.numpy())


def _onnxruntime(path: Path, x: object) -> Callable[[], object]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})


def _openvino(path: Path, x: object) -> Callable[[], object]:
    import openvino

    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": THREADS,
    }
    request = openvino.Core().compile_model(str(path), "CPU", hints).create_infer_request()
    return lambda: request.infer({"x": x})


def version() -> str:
    """Return the engine's name and version."""
    if ENGINE == "torch":
        return f"PyTorch {torch.__version__}"
    module = __import__(ENGINE)
    return f"{ENGINE} {module.__version__.partition('-')[0]}"


if __name__ == "__main__":
    answer(prepare, version())
