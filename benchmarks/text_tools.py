"""C tools that `benchmarks/text.py` compares with and that no package builds as they are meant to be.

    python benchmarks/text_tools.py FOLDER          for the optional tests: see test_exchange_glove.py

Their sources come from the package index when they are needed, are built in a folder of their own, and are not kept.

tuned    word2vec as one would tune it: -Ofast for this processor, and a noise table that the cache can hold
glove    GloVe with the flags of its Makefile; ``glove-tuned`` with -Ofast.  Its C files, of 2019, are part of the
         package crucyble, which has put a function in place of each ``main``; the loop is the original's
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

TABLE, SMALL = (
    "table_size = 1e8",
    "table_size = 1e6",
)  # of 400 MB and of 4 MB: nearly every draw misses in the first
TUNED = ("-Ofast", "-march=native", "-funroll-loops")
AS_BUILT = ("-O3", "-march=native", "-funroll-loops")  # GloVe's Makefile
GLOVE = "crucyble-0.1.0.dev4.tar.gz"
GLOVE_SHA256 = "abf6d332cbde9e66e58e156e6a7af03c9312cad79437db5ee9d372335c506f28"
MAINS = {  # arguments by place; vectors.bin and gradsq.bin are written beside each other
    "vocab_count": "return vocab_count(argv[1], argv[2], 0, 0, 5, argv[3]);",  # text, vocabulary, log
    "cooccur": 'return cooccur(argv[1], argv[2], argv[3], 0, 1, 15, "overflow", 1.0, argv[4]);',
    "glove": "vector_size = atoi(argv[4]); num_iter = atoi(argv[5]); num_threads = atoi(argv[6]);"
    'return train(argv[1], argv[2], argv[3], "gradsq", 0);',  # cells, vocabulary, vectors
}


def have(what: str, build: Callable[[Path], None], folder: Path) -> bool:
    """Build tools in a folder; where they cannot be had, say why on stderr and return False."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        build(folder)
    except (OSError, StopIteration, ValueError, subprocess.CalledProcessError, tarfile.TarError) as error:
        print(f"no {what}: {error}", file=sys.stderr)
        return False
    return True


def word2vec(folder: Path) -> None:
    """Build ``word2vec``, tuned."""
    options = ("--quiet", "--no-binary", ":all:", "--no-deps", "--dest", str(folder))
    fetch = [sys.executable, "-m", "pip", "download", *options, "word2vec"]
    subprocess.run(fetch, check=True, capture_output=True)
    with tarfile.open(next(folder.glob("word2vec-*.tar.gz"))) as archive:
        name = next(n for n in archive.getnames() if n.endswith("/includes/word2vec.c") and "win32" not in n)
        text = _read(archive, name)
    if TABLE not in text:
        raise ValueError(f"its source has no {TABLE!r}")
    _compile(folder, "word2vec", text.replace(TABLE, SMALL), TUNED)


def glove(folder: Path) -> None:
    """Build ``vocab_count``, ``cooccur``, ``glove`` and ``glove-tuned``."""
    from pip._internal.models.index import PyPI  # `pip download` would ask for the package's own build system

    with urllib.request.urlopen(f"{PyPI.simple_url}/crucyble/") as page:
        links = re.findall(rf'href="([^"#]*/{re.escape(GLOVE)})', page.read().decode())
    if not links:
        raise ValueError(f"the index has no {GLOVE}")
    with urllib.request.urlopen(links[0]) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != GLOVE_SHA256:
        raise ValueError(f"{GLOVE} is not the file that was expected")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for name, body in MAINS.items():
            source = _read(archive, f"{GLOVE.removesuffix('.tar.gz')}/src/lib/glove/{name}.c")
            source = re.sub(rf'#include [<"]{name}\.h[>"]', "", source)  # it declares what follows
            # it goes on writing there: into whatever file is opened next
            source = source.replace("fclose(logfile);", "")
            source += f"\nint main(int argc, char **argv) {{ {body} }}\n"
            _compile(folder, name, source, AS_BUILT)
            if name == "glove":
                _compile(folder, "glove-tuned", source, TUNED)


def _read(archive: tarfile.TarFile, name: str) -> str:
    member = archive.extractfile(name)
    return member.read().decode() if member else ""


def _compile(folder: Path, name: str, text: str, flags: tuple[str, ...]) -> None:
    source = folder / f"{name}.c"
    source.write_text(text)
    compiler = os.environ.get("CC") or shutil.which("gcc") or "cc"
    command = [compiler, str(source), "-o", str(folder / name), *flags, "-lm", "-pthread"]
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/text_tools.py FOLDER")
    sys.exit(not have("GloVe", glove, Path(sys.argv[1])))
