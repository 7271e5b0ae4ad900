"""Text: tokens, vocabulary, bag of words, phrases, word2vec, FastText, GloVe, paragraph
vectors; asking vectors; sentences and linear classifiers.

Importing this loads NumPy only; Numba is loaded when a model trains.
"""

from ..nn.pca import pca
from ..nn.tsne import tsne
from .classify.autotune import autotune
from .classify.classifier import FastTextClassifier
from .classify.text_classifier import TextClassifier
from .corpus.encode import encode, encode_to, open_encoded
from .corpus.parse_trees import parse_tree, read_trees
from .corpus.phrases import Phrases
from .corpus.python_docs import python_docs
from .corpus.sentence_files import read_sentence_set, sentence_sets
from .corpus.stream import Corpus
from .corpus.treebank import read_treebank
from .corpus.vocabulary import Vocabulary
from .embeddings.doc2vec import Doc2Vec
from .embeddings.fasttext import FastText
from .embeddings.fill_gap import fill_gap
from .embeddings.subwords import char_ngrams
from .embeddings.word2vec import Word2Vec
from .features.bag_of_words import BagOfWords
from .features.hashed_bag_of_words import HashedBagOfWords
from .features.mean_vectors import MeanVectors, TfidfMean
from .features.paragraph_vectors import ParagraphVectors
from .features.sif import SIF
from .glove.glove import GloVe
from .sentences.convolutional.sentence_cnn import SentenceCNN
from .sentences.linear.logistic import LogisticRegression
from .sentences.linear.naive_bayes import NaiveBayes
from .sentences.linear.nbsvm import NBSVM
from .sentences.linear.svm import LinearSVM
from .sentences.recursive.rae import RAE
from .sentences.recursive.tree_classifier import TreeClassifier
from .vectors.analogies import evaluate_analogies, parse_questions, read_questions
from .vectors.inspector import write_inspector
from .vectors.offsets import offset_agreement
from .vectors.similarity import evaluate_similarity, parse_pairs, read_pairs
from .vectors.word_classes import word_classes
from .vectors.word_vectors import WordVectors

__all__ = [
    "NBSVM",
    "RAE",
    "SIF",
    "BagOfWords",
    "Corpus",
    "Doc2Vec",
    "FastText",
    "FastTextClassifier",
    "GloVe",
    "HashedBagOfWords",
    "LinearSVM",
    "LogisticRegression",
    "MeanVectors",
    "NaiveBayes",
    "ParagraphVectors",
    "Phrases",
    "SentenceCNN",
    "TextClassifier",
    "TfidfMean",
    "TreeClassifier",
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
    "parse_tree",
    "pca",
    "python_docs",
    "read_pairs",
    "read_questions",
    "read_sentence_set",
    "read_treebank",
    "read_trees",
    "sentence_sets",
    "tsne",
    "word_classes",
    "write_inspector",
]
