"""What papers print for systems on sets: accuracy in per cent, to stand beside what is measured.

Source: Wang & Manning (ACL 2012), table 2, rows "-bi".  The SVM of 95.0 on TREC in Kim's table (Silva et al.
2011) is another system: it has a parser and 60 rules made by hand.
"""

from __future__ import annotations

PUBLISHED = {
    "mnb": {"mr": 79.0, "subj": 93.6, "cr": 80.0, "mpqa": 86.3},
    "svm": {"mr": 77.7, "subj": 91.7, "cr": 80.8, "mpqa": 86.7},
    "nbsvm": {"mr": 79.4, "subj": 93.2, "cr": 81.8, "mpqa": 86.3},
}
