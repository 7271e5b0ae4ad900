"""Build the C kernels with address and undefined-behaviour sanitizers and send random shapes through them.

    python tests/ext/sanitize/run.py [shapes per instruction set, default 1000]

Uses CC (default cc), the flags of setup.py without optimisation for speed of building, and no Python in the
program itself: a sanitizer then needs no preloading.  RUNNER comes before the program, so that a compiler for another
processor can be asked, too:

    CC=aarch64-linux-gnu-gcc RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu" ASAN_OPTIONS=detect_leaks=0 python ...
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
# stores past the caches begin at 4 kB here, not at 32 MB
FLAGS = [
    "-DSTREAMED=4096",
    "-g",
    "-O1",
    "-std=gnu11",
    "-Wno-psabi",
    "-ffp-contract=fast",
    "-fno-math-errno",
    "-pthread",
]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
COMPILER = os.environ.get("CC", "cc").split()


def levels() -> dict[str, tuple[int, list[str]]]:
    """Return the instruction sets of the compiler's processor: bytes in a vector, and flags."""
    machine = subprocess.run([*COMPILER, "-dumpmachine"], check=True, capture_output=True, text=True).stdout
    found: dict[str, tuple[int, list[str]]] = {"baseline": (16, [])}
    if machine.startswith("x86_64"):
        found["avx2"] = (32, ["-mavx2", "-mfma"])
        found["avx512"] = (64, ["-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mavx2", "-mfma"])
    return found


def build(folder: Path) -> Path:
    """Compile everything into `folder` and return the program."""
    native, objects = ROOT / "ext" / "native", []

    def compile_one(source: Path, name: str, *extra: str) -> None:
        objects.append(folder / f"{name}.o")
        command = [*COMPILER, *FLAGS, *SANITIZE, *extra, f"-I{native}", "-c", source, "-o", objects[-1]]
        subprocess.run(command, check=True)

    for level, (width, flags) in levels().items():
        for real in ("float", "double"):
            macros = [f"-DREAL={real}", f"-DVECTOR_BYTES={width}", f"-DTABLE={level}_{real}"]
            macros.append(f"-DHAS_WINOGRAD={int(real == 'float')}")
            compile_one(native / "kernels.c", f"{level}_{real}", *flags, *macros)
    for source in (
        native / "threads.c",
        native / "scratch.c",
        native / "levels.c",
        Path(__file__).with_name("fuzz.c"),
    ):
        compile_one(source, source.stem)
    program = folder / "fuzz"
    subprocess.run([*COMPILER, *SANITIZE, "-pthread", *objects, "-lm", "-o", program], check=True)
    return program


def main() -> int:
    """Build and run; the exit status is the program's."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*os.environ.get("RUNNER", "").split(), build(Path(folder)), *sys.argv[1:]]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
