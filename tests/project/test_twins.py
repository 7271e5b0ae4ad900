"""From a readable twin to its fast versions in two clicks: the twin's docstring names their files, or the Numba
version stands beside it and has ``jit`` where the twin has ``reference``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TWINS = sorted(path for depth in ("*", "*/*") for path in ROOT.glob(f"ext/{depth}/*reference.py"))


@pytest.mark.parametrize("twin", TWINS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_twin_leads_to_its_fast_versions(twin):
    docstring = twin.read_text().split('"""')[1]
    named = {name for name in re.findall(r"\b\w+\.(?:c|py)\b", docstring) if (twin.parent / name).exists()}
    named.add(twin.name.replace("reference", "jit"))
    fast = {name for name in named - {twin.name} if (twin.parent / name).exists()}
    assert fast, f"{twin.name} names no file beside it"
    compiled = {path.name for path in twin.parent.glob("*.c")}
    assert not compiled or fast & compiled, f"{twin} names none of {sorted(compiled)}"
