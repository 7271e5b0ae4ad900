"""The flags of fastText's tool, and their defaults; behind the original's stand some of this library's."""

from __future__ import annotations

from .flags import Flag
from .on_ranks import CHECKPOINT, MPI, SYNC

FLAGS = (
    Flag("input", "", "text to train on"),
    Flag("output", "", "name of the files to write, without .bin"),
    Flag("verbose", 2, "0 is silent, 2 shows progress"),
    Flag("minCount", 5, "words seen less often are dropped"),
    Flag("minCountLabel", 0, "labels seen less often are dropped (supervised)"),
    Flag("wordNgrams", 1, "words in a word n-gram, at most (supervised)"),
    Flag("bucket", 2_000_000, "rows that all n-grams share"),
    Flag("minn", 3, "characters in an n-gram, at least"),
    Flag("maxn", 6, "and at most; 0 has none"),
    Flag("t", 1e-4, "share of the text above which a word is thinned out (skipgram, cbow)"),
    Flag("label", "__label__", "what labels begin with"),
    Flag("lr", 0.05, "first rate"),
    Flag(
        "lrUpdateRate",
        100,
        "words between two changes of the rate (supervised; else it changes with each line)",
    ),
    Flag("dim", 100, "numbers in a vector"),
    Flag("ws", 5, "words on each side, at most (skipgram, cbow)"),
    Flag("epoch", 5, "times the text is read"),
    Flag("neg", 5, "noise words, or labels"),
    Flag("loss", "ns", "ns, hs, softmax, or one-vs-all (ova; supervised)"),
    Flag("thread", 12, "threads"),
    Flag("pretrainedVectors", "", "vectors in text form, where training begins"),
    Flag("saveOutput", False, "write the output vectors to OUTPUT.output, too"),
    Flag("seed", 0, "of every random number"),
    Flag("autotune-validation", "", "text to measure by: finds the options"),
    Flag("autotune-metric", "f1", "f1, f1:LABEL, precisionAtRecall:PERCENT[:LABEL], recallAtPrecision:..."),
    Flag("autotune-predictions", 1, "labels predicted for each line"),
    Flag("autotune-duration", 300, "seconds"),
    Flag("autotune-modelsize", "", "bytes of the quantized model, such as 2M"),
    Flag("autotune-trials", 0, "a number of trials in place of a duration: the same result for a seed"),
    Flag("cutoff", 0, "rows to keep, 0 for all (quantize)"),
    Flag("retrain", False, "train the rows that are kept (quantize)"),
    Flag("qnorm", False, "quantize the rows' lengths by themselves (quantize)"),
    Flag("qout", False, "quantize the labels' rows, too (quantize)"),
    Flag("dsub", 2, "numbers in a part of a row (quantize)"),
    Flag(
        "nsexponent",
        0.75,
        "noise words are drawn as count to this power; 0.5 is the original's (skipgram, cbow)",
    ),
    Flag("deterministic", False, "the same result at any number of threads"),
    CHECKPOINT._replace(help=CHECKPOINT.help + " (skipgram, cbow)"),
    MPI,
    SYNC._replace(help=SYNC.help + " (skipgram, cbow)"),
    Flag("shared", False, "examples share noise words, which is faster (skipgram, cbow)"),
)
SUPERVISED = {"minCount": 1, "minn": 0, "maxn": 0, "lr": 0.1, "loss": "softmax"}
