"""What papers print for systems on sets: accuracy in per cent, to stand beside what is measured.

Sources: Kim (EMNLP 2014), table 2, the rows of the lecture's table; `BESIDE`: Wang & Manning (ACL 2012),
table 2, row "SVM-bi", Kalchbrenner et al. (ACL 2014), tables 1 and 2, and Socher et al. (EMNLP 2013),
table 1, row "RNN", whose figures Kim prints as RAE on SST; systems of features have no row there.
"""

from __future__ import annotations

SETS = ("mr", "sst1", "sst2", "subj", "trec", "cr", "mpqa")
_KIM = {
    "cnn-rand": (76.1, 45.0, 82.7, 89.6, 91.2, 79.8, 83.4),
    "cnn-static": (81.0, 45.5, 86.8, 93.0, 92.8, 84.7, 89.6),
    "cnn-non-static": (81.5, 48.0, 87.2, 93.4, 93.6, 84.3, 89.5),
    "cnn-multichannel": (81.1, 47.4, 88.1, 93.2, 92.2, 85.0, 89.4),
    "rae": (77.7, 43.2, 82.4, None, None, None, 86.4),
    "mv-rnn": (79.0, 44.4, 82.9, None, None, None, None),
    "rntn": (None, 45.7, 85.4, None, None, None, None),
    "dcnn": (None, 48.5, 86.8, None, 93.0, None, None),
    "paragraph-vec": (None, 48.7, 87.8, None, None, None, None),
    "ccae": (77.8, None, None, None, None, None, 87.2),
    "sent-parser": (79.5, None, None, None, None, None, 86.3),
    "nbsvm": (79.4, None, None, 93.2, None, 81.8, 86.3),
    "mnb": (79.0, None, None, 93.6, None, 80.0, 86.3),
    "g-dropout": (79.0, None, None, 93.4, None, 82.1, 86.1),
    "f-dropout": (79.1, None, None, 93.6, None, 81.9, 86.3),
    "tree-crf": (77.3, None, None, None, None, 81.4, 86.1),
    "crf-pr": (None, None, None, None, None, 82.7, None),
    "svm-s": (None, None, None, None, 95.0, None, None),
}  # fmt: skip
BESIDE = {
    "svm": {"mr": 77.7, "subj": 91.7, "cr": 80.8, "mpqa": 86.7},
    "rnn": {"sst1": 43.2, "sst2": 82.4},
    "max-tdnn": {"sst1": 37.4, "sst2": 77.1, "trec": 84.4},
    "nbow": {"sst1": 42.4, "sst2": 80.5, "trec": 88.2},
}
ROWS = tuple(_KIM)
PUBLISHED = {
    system: {name: value for name, value in zip(SETS, values, strict=True) if value is not None}
    for system, values in _KIM.items()
} | BESIDE

# Why a row is not measured: what the system needs besides sentences and labels
NEEDS = {
    "crf-pr": "needs documents, sentences with their neighbours: structured/crf_pr.py learns from some",
}
