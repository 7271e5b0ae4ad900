"""The clean-up of sentences that the tables of sentence classification are made with.

Source: Kim, "Convolutional Neural Networks for Sentence Classification" (2014), the function clean_str of its
authors' program, without the back-slashes that it leaves before brackets and question marks.
"""

from __future__ import annotations

import re

_OTHER = re.compile(r"[^A-Za-z0-9(),!?'`]")  # of Unicode's letters only ASCII's are left
_ENDINGS = re.compile(r"('s|'ve|n't|'re|'d|'ll)")  # split off wherever they stand, as in the source
_MARKS = re.compile(r"([,!()?])")


def clean_sentence(text: str, lower: bool = True) -> list[str]:
    """Return the words of a sentence of MR, Subj, CR, MPQA or, with its capitals, TREC.

    Parameters
    ----------
    text : str
    lower : bool
        TREC keeps its capitals.

    Examples
    --------
    >>> clean_sentence("It isn't Rock-n-Roll, they've said (twice).")
    ['it', 'is', "n't", 'rock', 'n', 'roll', ',', 'they', "'ve", 'said', '(', 'twice', ')']
    """
    text = _MARKS.sub(r" \1 ", _ENDINGS.sub(r" \1", _OTHER.sub(" ", text)))
    return (text.lower() if lower else text).split()


def clean_sst(text: str) -> list[str]:
    """Return the words of a sentence of the Stanford Sentiment Treebank, which is tokenised already.

    >>> clean_sst("Is n't it -LRB- 8 1/2 -RRB- ?")
    ['is', "n't", 'it', 'lrb', '8', '1', '2', 'rrb', '?']
    """
    return _OTHER.sub(" ", text).lower().split()
