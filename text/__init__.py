"""Text: tokens, vocabulary, bag of words, phrases, word2vec, FastText, GloVe, paragraph vectors; asking vectors.

Importing this loads NumPy only; Numba is loaded when a model trains.
"""

from .analogies import evaluate_analogies, parse_questions, read_questions
from .autotune import autotune
from .bag_of_words import BagOfWords
from .classes import word_classes
from .classifier import FastTextClassifier
from .corpus import Corpus
from .doc2vec import Doc2Vec
from .docstrings import python_docs
from .encoding import encode, encode_to
from .fasttext import FastText
from .gap import fill_gap
from .glove import GloVe
from .inspector import write_inspector
from .offsets import offset_agreement
from .phrases import Phrases
from .projection import pca
from .similarity import evaluate_similarity, parse_pairs, read_pairs
from .subwords import char_ngrams
from .token_ids import open_encoded
from .tsne import tsne
from .vectors import WordVectors
from .vocabulary import Vocabulary
from .word2vec import Word2Vec

__all__ = [
    "BagOfWords",
    "Corpus",
    "Doc2Vec",
    "FastText",
    "FastTextClassifier",
    "GloVe",
    "Phrases",
    "Vocabulary",
    "Word2Vec",
    "WordVectors",
    "autotune",
    "char_ngrams",
    "encode",
    "encode_to",
    "evaluate_analogies",
    "evaluate_similarity",
    "fill_gap",
    "offset_agreement",
    "open_encoded",
    "parse_pairs",
    "parse_questions",
    "pca",
    "python_docs",
    "read_pairs",
    "read_questions",
    "tsne",
    "word_classes",
    "write_inspector",
]
