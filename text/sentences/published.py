"""What papers print for systems on sets: accuracy in per cent, to stand beside what is measured.

Sources: Wang & Manning (ACL 2012), table 2, rows "-bi"; for dropout, Kim (2014), table 2.  The SVM of 95.0
on TREC there (Silva et al. 2011) is another system: it has a parser and 60 rules made by hand.
"""

from __future__ import annotations

PUBLISHED = {
    "mnb": {"mr": 79.0, "subj": 93.6, "cr": 80.0, "mpqa": 86.3},
    "svm": {"mr": 77.7, "subj": 91.7, "cr": 80.8, "mpqa": 86.7},
    "nbsvm": {"mr": 79.4, "subj": 93.2, "cr": 81.8, "mpqa": 86.3},
    "f-dropout": {"mr": 79.1, "subj": 93.6, "cr": 81.9, "mpqa": 86.3},
    "g-dropout": {"mr": 79.0, "subj": 93.4, "cr": 82.1, "mpqa": 86.1},
}
