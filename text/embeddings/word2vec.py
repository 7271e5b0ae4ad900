"""word2vec (Mikolov et al. 2013a, 2013b): skip-gram and CBOW, trained as the C tool trains them."""

from __future__ import annotations

from ..vectors.word_vectors import WordVectors
from .base import Embedding
from .options import Word2VecOptions


class Word2Vec(Embedding):
    """Vectors for the words of a corpus, such that words used alike are near each other.

    Parameters
    ----------
    dim : int
        Numbers in a vector.
    window : int
        Words on each side that count as neighbours, at most; for each word the window is drawn from
        1 ..  window.
    negative : int
        Noise words for each pair of neighbours.
    sample : float
        Words more frequent than this share of the text are thinned out; 0 keeps all.
    alpha : float, optional
        Rate at the beginning; it falls linearly to 1e-4 of that.  By default 0.025, for CBOW 0.05.
    epochs : int
        Times the text is read.
    min_count : int
        Words seen less often are dropped.
    power : float
        Noise is drawn in proportion to count ** power.
    seed : int
        Of the first vectors and of every draw.  With ``threads=1`` the same seed gives the same vectors.
    threads : int
        Threads that read different parts of the text and write the same vectors without locks
        (``hogwild.py``, ``thread_copies.py``); their order, so the result, differs slightly from run to run.
    cbow : bool
        Continuous bag of words: the mean of all context words predicts the centre.  Else skip-gram: each
        context word alone does.
    hs : bool
        Hierarchical softmax, a Huffman tree over the words, in place of negative sampling.
    softmax : bool
        The full softmax over all words, in place of negative sampling: for small vocabularies.
    shared : bool
        Share noise words between examples (``ext/embeddings/shared_noise/reference.py``): skip-gram is 1.5
        times as fast, CBOW hardly faster.
    deterministic : bool or int
        The same vectors at any number of threads (``deterministic.py`` says how); a number is that of the
        slices in a round, of which True has 4.
    sync : {"frequent", "rounds", "merge"}
        How the vectors of several ranks (``comm``) meet: ``mpi/frequent.py``, ``mpi/rounds.py``,
        ``mpi/merge.py``.  ``deterministic`` has them meet in rounds, with the same vectors at any number of
        ranks; else ``rounds`` have a slice for each thread of each rank.
    comm : mpi4py.MPI.Comm
        Ranks that train together, each on a part of the text; see `WordModel`.
    max_vocab_size : int
        While counting, when there are more different words than this, the rarest are forgotten (`encode`).

    Attributes
    ----------
    vectors : WordVectors
        All words but ``</s>``.
    vocabulary : Vocabulary
    v, vp : float32 (V, S)
        The input and output vectors of all words, each row padded with zeros to whole vector registers.
    epoch : int
        Epochs done.
    history : list of dict
        For each epoch: epoch, loss (`loss.mean_loss` of fixed examples), words_per_second, seconds.
    stop : bool
        A callback sets it to end training early.

    Examples
    --------
    >>> model = Word2Vec(dim=50, epochs=3).fit(Path("wiki.txt.xz"))         # doctest: +SKIP
    >>> model.vectors.most_similar("matrix")                                # doctest: +SKIP
    >>> model.save("run.safetensors"); model = Word2Vec.load("run.safetensors")   # doctest: +SKIP
    """

    Options = Word2VecOptions
    on_ranks = True

    def _make_vectors(self) -> WordVectors:
        return WordVectors(self.vocabulary.words[1:], self.v[1:, : self.options.dim])
