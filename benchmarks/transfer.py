"""Transfer learning on local photos: ``python benchmarks/transfer.py --data FOLDER [--only NAME ...]``.

Runs what ``benchmarks/RESULTS-transfer.json`` does not have yet (with ``--only``, those anew), and after each writes
that file, ``benchmarks/RESULTS-transfer.md`` and a picture.  ``FOLDER`` has ``hymenoptera``, ``pets``, ``cifar10``,
``squeezenet`` and ``mobilenet``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from cutaway.core.files import replacing
from transfer_data import Sets
from transfer_experiments import EXPERIMENTS
from transfer_tables import write

RESULTS = Path(__file__).with_name("RESULTS-transfer.json")


def main() -> int:
    """Run, keep, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", default=os.environ.get("CUTAWAY_DATA"), required="CUTAWAY_DATA" not in os.environ
    )
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=[])
    parser.add_argument("--work", default="transfer-work", help="folder for features and unpacked photos")
    parser.add_argument(
        "--write", action="store_true", help="write the page and the pictures anew, run nothing"
    )
    given = parser.parse_args()
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    chosen = given.only or [name for name in EXPERIMENTS if name not in found]
    Path(given.work).mkdir(parents=True, exist_ok=True)
    for name in [] if given.write else chosen:
        started = time.perf_counter()
        result = EXPERIMENTS[name](Sets(Path(given.data), Path(given.work)))
        found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        found[name] = result | {"took": round(time.perf_counter() - started, 1)}
        with replacing(RESULTS, "w") as file:
            file.write(json.dumps(found, indent=1) + "\n")
        print(f"{name}: {found[name]['took']:.0f} s", flush=True)
        write(found)
    write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
