"""The chapters of the tour, in lecture order: what each tells, what it needs and who tells it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .bag_of_words import bag_of_words
from .checking import checking
from .compared_nets import compared_nets
from .features import features
from .glove import glove
from .gradients import gradients
from .hierarchical import hierarchical
from .how_much import how_much
from .inside import inside
from .maximise import wanted
from .page import Section
from .phrases import phrases
from .scenes import scenes
from .segmentation import segmentation
from .sentence_network import sentence_network
from .sentiment_trees import sentiment_trees
from .subwords import subwords
from .transfer import transfer
from .true_maps import true_maps
from .upsampling import upsampling
from .words import words


@dataclass(frozen=True)
class Chapter:
    """A page of the tour.

    Attributes
    ----------
    name : what it is called on the command line, and its file without ".html".
    title, sentence : as the index and the page show them.
    story : makes the section from what it needs.
    needs : attributes of `Materials`, in the order of the story's arguments.
    """

    name: str
    title: str
    sentence: str
    story: Callable[..., Section]
    needs: tuple[str, ...] = ()


CHAPTERS = (
    Chapter(
        "gradients", "A gradient, opened",
        "What the engine records, what it computes on the way back, and how one knows that it is right.",
        gradients,
    ),
    Chapter(
        "checking", "Is my gradient right?",
        "A backward function with a mistake: what checkers say of it, and what a diagnosis says.",
        checking,
    ),
    Chapter(
        "transfer", "Begin where another task ended",
        "Transfer learning: take over a network that knows another task; train its last layer, or all.",
        transfer, ("show",),
    ),
    Chapter(
        "scenes", "One scene, four kinds of label",
        "Classification, detection, semantic and instance segmentation ask different things of one image.",
        scenes,
    ),
    Chapter(
        "upsampling", "From small maps back to pixels",
        "Stamping, checkerboards, two ways to enlarge, and kernels with holes that see far.",
        upsampling,
    ),
    Chapter(
        "segmentation", "A U-Net names every pixel",
        "Down to what is there, up to where it is: a network is drawn, trained, and judged by unseen images.",
        segmentation, ("network",),
    ),
    Chapter(
        "networks", "From FCN to DeepLab",
        "The lecture's segmentation networks, trained side by side: where each is right, above all at "
        "borders.",
        compared_nets, ("task", "folder", "show"),
    ),
    Chapter(
        "how-much", "How many images, how far to see",
        "Two claims of the lecture, tried: pixels are many labels, and what a pixel must see.",
        how_much, ("task", "folder", "show"),
    ),
    Chapter(
        "inside", "Looking inside the trained network",
        "What first filters look for, what each level answers, and what one output pixel sees.",
        inside, ("network", "first_layer"),
    ),
    Chapter(
        "maximise", "What a network wants to see",
        "Images that a class rises for, and the pieces that each filter answers to most.",
        wanted, ("show",),
    ),
    Chapter(
        "true-maps", "Are the maps true?",
        "Cues are planted and weights set by hand, so that the right map is known: which methods find it?",
        true_maps,
    ),
    Chapter(
        "bag-of-words", "A text as a bag of words",
        "The oldest features of a text, and three complaints about them.",
        bag_of_words, ("reading",),
    ),
    Chapter(
        "words", "Words find their places",
        "word2vec: a network without a hidden layer learns what words mean from the company they keep.",
        words, ("reading", "show"),
    ),
    Chapter(
        "hierarchical-softmax", "A tree for an output layer",
        "Every word's probability from a dozen decisions: the Huffman tree, what it costs and what it "
        "learns.",
        hierarchical, ("reading", "show"),
    ),
    Chapter(
        "phrases", "Words that come in pairs",
        "Some pairs of words are words of their own; counting finds them.",
        phrases, ("reading",),
    ),
    Chapter(
        "subwords", "Words have parts",
        "FastText adds up the vectors of a word's pieces, and reads words it has never seen.",
        subwords, ("reading", "show"),
    ),
    Chapter(
        "glove", "Count first, then learn",
        "GloVe: meaning as a ratio of counts, and vectors whose products are the counts' logarithms.",
        glove, ("reading", "show"),
    ),
    Chapter(
        "features", "Vectors as features",
        "Of which library is this paragraph? Does it help to have read before, with few labelled examples?",
        features, ("docs",),
    ),
    Chapter(
        "sentence-network", "A network that reads a sentence",
        "A convolution over word vectors: what order brings, what was read before, and what it still misses.",
        sentence_network, ("sentences", "show"),
    ),
    Chapter(
        "sentiment-trees", "A sentence is a tree",
        "Recursive networks give every phrase a vector and a class, and learn what “not” does to a word.",
        sentiment_trees,
    ),
)  # fmt: skip


def choose(only: Iterable[str] = ()) -> list[Chapter]:
    """Return the chapters of these names or numbers, in lecture order; all of them if there are no names.

    Raises
    ------
    ValueError : there is no such chapter; lists those that there are.

    >>> [chapter.name for chapter in choose(["words", "2"])]
    ['checking', 'words']
    """
    known = {chapter.name: chapter for chapter in CHAPTERS}
    numbers = {str(number): chapter for number, chapter in enumerate(CHAPTERS, 1)}
    chosen = set()
    for name in only:
        chapter = known.get(name.lower()) or numbers.get(name)
        if chapter is None:
            near = difflib.get_close_matches(name.lower(), known, n=1)
            listed = ", ".join(f"{number} {chapter.name}" for number, chapter in numbers.items())
            raise ValueError(
                f"{name}: there is no such chapter{f'; did you mean {near[0]}?' if near else ''}\n"
                f"    chapters, by number or name: {listed}"
            )
        chosen.add(chapter.name)
    return [chapter for chapter in CHAPTERS if chapter.name in chosen or not chosen]
