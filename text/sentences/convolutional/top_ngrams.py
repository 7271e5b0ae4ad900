"""What a filter of the first layer looks for: the windows of words that it answers strongest.

F filters, h words of a window

The bias, and what comes behind the convolution, keep the order of answers, so that they are left out.

Source: Kalchbrenner et al. (ACL 2014), figure 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .... import nn
from ....core import no_grad, ops
from ...estimators.estimator import texts_of
from .network_classifier import NetworkClassifier
from .words import Text, words_of


class TopNgrams(NamedTuple):
    """A filter: its name, its width, and its windows, (answer, words), the strongest first."""

    name: str
    width: int
    windows: list[tuple[float, str]]


def top_ngrams(model: NetworkClassifier, texts: Iterable[Text], count: int = 5) -> list[TopNgrams]:
    """Return the strongest windows of every filter, each n-gram once; windows with padding do not count.

    Parameters
    ----------
    model : a trained `SentenceCNN` or `DynamicCNN`
    texts : to look through
    count : windows of each filter

    Raises
    ------
    ValueError : a network without a convolution.
    """
    split = [words_of(text, model.words) for text in texts_of(texts, "top_ngrams")]
    model.add_words(word for words in split for word in words)
    net = model.net_
    if hasattr(net, "layers"):
        convs = {"layers.0.conv": net.layers[0].conv}
    else:
        convs = {name: each for name, each in net.named_modules() if isinstance(each, nn.Conv1d)}
    if not convs:
        raise ValueError(f"top_ngrams: {type(net).__name__} has no convolution")
    found = []
    for name, conv in convs.items():
        h = conv.kernel_size[0]
        ngrams = sorted({tuple(words[i : i + h]) for words in split for i in range(len(words) - h + 1)})
        answers = _answers(model, conv, ngrams)
        for f in range(conv.out_channels):
            best = np.argsort(-answers[:, f], kind="stable")[:count]
            windows = [(float(answers[i, f]), " ".join(ngrams[i])) for i in best]
            found.append(TopNgrams(f"{name}.{f}", h, windows))
    return found


def _answers(
    model: NetworkClassifier, conv: nn.Conv1d, ngrams: list[tuple[str, ...]], many: int = 4096
) -> np.ndarray:
    """Return the answers of filters to n-grams, (n-grams, F): all channels' together."""
    answers = np.zeros((len(ngrams), conv.out_channels), np.float32)
    with no_grad():
        for start in range(0, len(ngrams), many):
            rows = np.stack([model.table_.numbers(ngram) for ngram in ngrams[start : start + many]])
            channels = [ops.transpose(table(rows), axes=(0, 2, 1)) for table in model.net_.embeddings]
            if channels[0].shape[1] * len(channels) == conv.in_channels:  # filters of their own
                channels = [ops.concat(channels, axis=1)]
            for x in channels:
                y = nn.functional.conv1d(x, conv.weight, groups=conv.groups)
                answers[start : start + many] += y.data[:, :, 0]
    return answers
