"""Climb the ladder: the same convolutions from seven loops to Winograd, measured on this machine.

cutaway kernels                   all of them, and the passes over memory; a minute or so
cutaway kernels --only "5x5"      those whose title contains this
cutaway kernels --page FILE       also as a page with pictures
"""

from __future__ import annotations

import argparse

from .outputs import expect_outputs

SUMMARY = "measure the kernels from loops to Winograd on this machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", default="", help="convolutions whose title contains this")
    parser.add_argument("--threads", type=int, help="threads of the compiled kernels (default: all cores)")
    parser.add_argument("--page", metavar="FILE", help="write an HTML page with pictures, too")


def run(arguments: argparse.Namespace) -> int:
    expect_outputs([("--page", arguments.page or "")])
    from .. import kernels
    from ..core.files import replacing
    from ..lessons.ladder import ladder_section, table
    from ..lessons.page import render
    from ..lessons.passes import measure_passes, passes_section, passes_table
    from ..lessons.rungs import measure

    if arguments.threads:
        kernels.set_num_threads(arguments.threads)
    threads = kernels.get_num_threads()
    measured, peak = measure(arguments.only)
    print(f"peak of this machine, {threads} threads: {peak / 1e9:.0f} GFLOP/s in float32")
    for title, rungs in measured.items():
        print(f"\n{title}\n    {'rung':48} {'GFLOP/s':>9} {'of peak':>9} {'error':>9}")
        for name, speed, share, error in table(rungs, peak):
            print(f"    {name:48} {speed:>9} {share:>9} {error:>9}")
    found, memory = measure_passes() if not arguments.only else ([], 1.0)
    if found:
        print(
            f"\nmemory: {memory / 1e9:.0f} GB/s\n"
            f"    {'kernel':24} {'rung':10} {'GB/s':>8} {'of it':>8} {'error':>9}"
        )
        for name, rung, speed, share, error in passes_table(found, memory):
            print(f"    {name:24} {rung:10} {speed:>8} {share:>8} {error:>9}")
    if arguments.page:
        sections = [
            ladder_section(measured, peak, threads),
            *([passes_section(found, memory)] if found else []),
        ]
        lead = "Measured just now on this machine. Unfold “the code that ran” to read it."
        with replacing(arguments.page, "w") as file:
            file.write(render("The ladder", lead, sections, "Made by `cutaway kernels`."))
        print(f"\n{arguments.page}")
    return 0
