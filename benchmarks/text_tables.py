"""The tables that `benchmarks/text.py` writes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def versions(python: str) -> dict[str, str]:
    """Return the versions of Python and of the peers."""
    code = (
        "import importlib.metadata as m, json, platform as p; print(json.dumps({'python': p.python_version(), "
        "**{d.metadata['Name']: d.version for d in m.distributions() if d.metadata['Name'] in "
        "('gensim', 'fasttext', 'word2vec', 'numpy', 'numba')}}))"
    )
    return json.loads(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout)


def rows(case: str, found: dict[str, float], words: int) -> list[dict]:
    """Return what is to be said of a case, one a peer; ``found``: seconds for the words, by contestant."""
    own = found.pop("cutaway")
    return [
        {
            "case": case,
            "peer": peer,
            "ratio": round(other / own, 3),
            "words_per_second": {"cutaway": round(words / own), "peer": round(words / other)},
        }
        for peer, other in found.items()
    ]


def heading(about: dict) -> list[str]:
    """Return the lines above the results."""
    installed = ", ".join(f"{name} {version}" for name, version in sorted(about["versions"].items()))
    return [
        f"## Word vectors, {about['date']}",
        "",
        f"{about['machine']}; {installed}. {about['words']:,} words ({about['text']}), 100 numbers, window 5, 5 "
        f"noise words, sample 1e-3, one thread; for the classifier fastText's defaults. Command: "
        f"`{about['command']}`. "
        "Ratio: words a second of CPU time, cutaway's / the peer's; of GloVe cells of its table.",
        "",
        "| case | peer | ratio | k words/s, cutaway | peer |",
        "| --- | --- | ---: | ---: | ---: |",
    ]


def line(row: dict) -> str:
    """Return a row as the table's line."""
    cells = [row["case"], row["peer"], f"{row['ratio']:.2f}"]
    cells += [f"{each / 1e3:.0f}" for each in row["words_per_second"].values()]
    return "| " + " | ".join(cells) + " |"


def write(about: dict, found: list[dict], notes: dict[str, list[str]], cases: list[str], keep: bool) -> None:
    """Write the results, in the order of ``cases``; ``keep``: only these are new, the others' stay."""
    path = HERE / "RESULTS-text.json"
    if keep and path.exists():
        before = json.loads(path.read_text())
        about = about if found else {name: before[name] for name in about}  # notes say their own
        measured = {row["case"] for row in found}
        found = [*found, *(row for row in before["rows"] if row["case"] not in measured)]
        found.sort(key=lambda row: cases.index(row["case"]))
        notes = before["notes"] | notes
    below = [each for note in notes.values() for each in ("", *note)]
    (HERE / "RESULTS-text.md").write_text("\n".join([*heading(about), *map(line, found), *below]) + "\n")
    path.write_text(json.dumps({**about, "rows": found, "notes": notes}, indent=1) + "\n")
