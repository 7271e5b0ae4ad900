"""Learning a recursive network from labelled trees, and what it says of the nodes of others.

N nodes of a tree, K classes

Sources: Socher et al. (2013), section 4; the settings are CoreNLP's: AdaGrad at .01, 27 trees a batch, the
epoch that is best on dev.  But words get .1, and the sums of squares do not begin anew in every epoch
(``word_rate=0.01, tensor_rate=0.01, reset=True`` for that).  A step of AdaGrad moves an entry by about the
rate, whatever its gradient: at .01 a rare word needs tens of epochs to get away from 0, while the tensor's
4 d^2 entries together throw a phrase about.  So the tensor gets .001.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np

from .... import nn
from ....core import no_grad, ops
from ....core.reading import bad_file
from ....nn import checkpoint as files
from ...corpus.parse_trees import NONE, ParseTree
from .mv_rnn import MVRNN
from .rnn import TreeRNN
from .rntn import RNTN
from .tree_batch import TreeBatches, WordNumbers, pack
from .tree_network import TreeNetwork, nodes_loss

KINDS: dict[str, Callable[..., TreeNetwork]] = {"rnn": TreeRNN, "mv-rnn": MVRNN, "rntn": RNTN}
RATE, WORD_RATE, TENSOR_RATE, EPS, BATCH = 0.01, 0.1, 0.001, 1e-3, 27
DECAY, SMALL_DECAY = 1e-3, 1e-4  # of what composes; of words and W_s
FORWARD = 100  # trees at once when nothing is learnt


class TreeClassifier:
    """A recursive network with ``fit`` and ``predict``.

    Parameters
    ----------
    kind : {"rnn", "mv-rnn", "rntn"}
    dim : int
        Numbers of a vector; the paper's best are 25 to 35.
    epochs, batch_size : int
    patience : int
        Epochs without a better one on dev before training ends.
    word_rate, tensor_rate : float
        AdaGrad's rates for what belongs to a word, and for the tensor of an RNTN.
    reset : bool
        Begin AdaGrad's sums anew in every epoch.
    classes : int
    seed : int
    progress : bool

    Attributes
    ----------
    net_ : TreeNetwork
    numbers_ : WordNumbers
    history_ : list of dict, an epoch each: loss, dev_nodes, dev_roots, seconds
    """

    net_: TreeNetwork
    numbers_: WordNumbers
    history_: list[dict[str, float]]

    def __init__(
        self,
        kind: str = "rntn",
        dim: int = 25,
        epochs: int = 25,
        batch_size: int = BATCH,
        patience: int = 5,
        word_rate: float = WORD_RATE,
        tensor_rate: float = TENSOR_RATE,
        reset: bool = False,
        classes: int = 5,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"TreeClassifier: kind is one of {', '.join(KINDS)}, got {kind!r}")
        for name, value in (("dim", dim), ("epochs", epochs), ("batch_size", batch_size)):
            if value < 1:
                raise ValueError(f"TreeClassifier: {name} is a whole number from 1 on, got {value!r}")
        self.kind, self.dim, self.epochs, self.batch_size = kind, dim, epochs, batch_size
        self.patience, self.reset = patience, reset
        self.word_rate, self.tensor_rate = word_rate, tensor_rate
        self.classes, self.seed, self.progress = classes, seed, progress

    def fit(
        self,
        trees: Sequence[ParseTree],
        dev: Sequence[ParseTree] | None = None,
        checkpoint: str | os.PathLike | None = None,
    ) -> Self:
        """Learn the labels of all nodes; of ``dev`` only which epoch is the best, by all its nodes.

        Parameters
        ----------
        checkpoint : file name ending in ".safetensors"
            As of `nn.fit`: a training that was interrupted goes on.

        Raises
        ------
        ValueError : there is no tree, or a label is not below ``classes``.
        """
        if not trees:
            raise ValueError("TreeClassifier: expected trees to learn from, came none")
        most = max(int(tree.labels.max()) for tree in trees)
        if most >= self.classes:
            raise ValueError(f"TreeClassifier: expected labels below {self.classes}, came {most}")
        self.numbers_ = WordNumbers.of(trees)
        self.net_ = KINDS[self.kind](len(self.numbers_), self.dim, self.classes, self.seed)
        optimiser = nn.optim.Adagrad(self._groups(), lr=RATE, eps=EPS)

        def begin_anew(training: Any) -> None:
            del training
            for state in optimiser.state:
                state.clear()

        def validate(net: nn.Module) -> dict[str, float]:
            del net
            found = self.probabilities(dev or ())
            right = [p.argmax(1) == tree.labels for p, tree in zip(found, dev or (), strict=True)]
            known = np.concatenate([tree.labels != NONE for tree in dev or ()])
            roots = float(np.mean([each[-1] for each in right]))
            return {"dev_nodes": float(np.concatenate(right)[known].mean()), "dev_roots": roots}

        callbacks: list[Any] = [begin_anew] if self.reset else []
        if dev:
            callbacks.append(nn.EarlyStopping("dev_nodes", self.patience, "max", later=True))
        loader: Any = TreeBatches(self.numbers_.numbered(trees), self.batch_size, self.seed)
        self.history_ = nn.fit(
            self.net_, loader, nodes_loss, optimiser, epochs=self.epochs,
            validate=validate if dev else None, callbacks=callbacks, checkpoint=checkpoint,
            show=self.progress,
        )  # fmt: skip
        return self

    def _groups(self) -> list[dict[str, Any]]:
        net = self.net_
        groups: dict[str, dict[str, Any]] = {
            "tensor": {"params": [], "weight_decay": DECAY, "lr": self.tensor_rate},
            "matrix": {"params": [], "weight_decay": DECAY},
            "word": {"params": [], "weight_decay": SMALL_DECAY, "lr": self.word_rate},
            "other": {"params": [], "weight_decay": SMALL_DECAY},
        }
        kinds = dict.fromkeys(net.TENSORS, "tensor") | dict.fromkeys(net.MATRICES, "matrix")
        kinds |= dict.fromkeys(net.WORDS, "word")
        for name, p in net.named_parameters():
            groups[kinds.get(name, "other")]["params"].append(p)
        return list(groups.values())

    def probabilities(self, trees: Sequence[ParseTree]) -> list[np.ndarray]:
        """Return of each tree how probable the classes of its nodes are, float32 (N, K)."""
        if not hasattr(self, "net_"):
            raise ValueError("TreeClassifier: nothing is learnt yet\n    hint: call fit(trees) first")
        found: list[np.ndarray] = []
        self.net_.eval()
        with no_grad():
            for start in range(0, len(trees), FORWARD):
                few = trees[start : start + FORWARD]
                batch = pack(self.numbers_.numbered(few))
                rows = np.asarray(ops.softmax(self.net_(batch).data, axis=1))[batch.rows]
                found += np.split(rows, np.cumsum([len(tree.labels) for tree in few])[:-1])
        return found

    def predict(self, trees: Sequence[ParseTree], polarity: bool = False) -> np.ndarray:
        """Return the class of each root; with ``polarity`` whether it is positive, as `is_positive`."""
        roots = np.array([each[-1] for each in self.probabilities(trees)])
        return is_positive(roots).astype(int) if polarity else roots.argmax(1)

    def save(self, path: str | os.PathLike) -> None:
        """Write one safetensors file, its name ending so; a file of that name is replaced in one step."""
        header = {"kind": self.kind, "dim": self.dim, "classes": self.classes, "history": self.history_}
        files.save(path, dict(self.net_.state_dict()), {**header, "words": list(self.numbers_.index)})

    @classmethod
    def load(cls, path: str | os.PathLike) -> TreeClassifier:
        """Read what `save` wrote.

        Raises
        ------
        FileError : it is damaged, or holds something else.
        """
        arrays, header = files.load(path)
        with files.reading_checkpoint(path):
            try:
                model = cls(header["kind"], header["dim"], classes=header["classes"])
                model.numbers_ = WordNumbers([str(word) for word in header["words"]])
                if len(arrays["embedding"]) != len(model.numbers_):
                    raise ValueError(f"{len(arrays['embedding'])} vectors of {len(model.numbers_)} words")
                model.net_ = KINDS[model.kind](len(model.numbers_), model.dim, model.classes)
                model.net_.load_state_dict(arrays)
                model.history_ = list(header["history"])
            except (KeyError, TypeError) as error:
                raise bad_file(path, "a classifier of trees", f"another file ({error})") from error
        return model


def is_positive(probabilities: np.ndarray) -> np.ndarray:
    """Whether y_3 + y_4 > y_0 + y_1 of probabilities (..., 5): the two classes from those of five.

    >>> is_positive(np.array([[0.1, 0.2, 0.5, 0.15, 0.05], [0.0, 0.1, 0.4, 0.5, 0.0]])).tolist()
    [False, True]
    """
    return probabilities[..., 3:].sum(-1) > probabilities[..., :2].sum(-1)
