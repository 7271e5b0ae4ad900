"""How systems are judged: no look at test sentences, intervals, cells that are kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.text.corpus.sentence_sets import SentenceSet
from cutaway.text.sentences.cells import cell_of
from cutaway.text.sentences.linear.systems import SYSTEMS
from cutaway.text.sentences.protocol import Found, hold_out, judge, judge_fold, mean_interval, select
from cutaway.text.sentences.published import NEEDS, PUBLISHED, ROWS
from cutaway.text.sentences.run import Run, tasks_of
from cutaway.text.sentences.systems import SYSTEMS as ALL

WORDS = {0: "dull bore bad slow", 1: "fun warm good quick"}


def made_set(count=300, parts=False, seed=0):
    """Sentences of five words, four of them of their class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, count)
    texts = [" ".join([*rng.choice(WORDS[label].split(), 4), f"w{rng.integers(50)}"]) for label in y]
    cut = np.array((["train"] * 8 + ["dev"] + ["test"]) * (count // 10)) if parts else None
    return SentenceSet("trec" if parts else "mr", texts, y, ("a", "b"), cut)


class Spy:
    """A system that notes what it sees, and predicts well with one setting alone."""

    def __init__(self, truth, *settings):
        self.truth, self.settings, self.seen = truth, settings, []

    def candidates(self):
        return self.settings

    def predict(self, setting, train, y, texts):
        self.seen.append((setting, set(train), set(texts)))
        right = np.array([self.truth[text] for text in texts])
        return right if setting["good"] else 1 - right


@pytest.mark.parametrize("parts", [False, True])
def test_settings_are_chosen_without_a_look_at_test_sentences(parts):
    numbered = made_set(parts=parts)
    sentences = SentenceSet(
        numbered.name,
        [f"{n} {text}" for n, text in enumerate(numbered.texts)],
        numbered.y,
        ("a", "b"),
        numbered.parts,
    )
    truth = dict(zip(sentences.texts, sentences.y, strict=True))
    spy = Spy(truth, {"good": False}, {"good": True})
    cell = judge(spy, sentences)
    assert cell.accuracy == 1
    assert all(chosen == {"good": True} for chosen in cell.chosen)
    assert len(cell.folds) == (1 if parts else 10)
    assert cell.tested == (30 if parts else 300)
    for first in range(0, len(spy.seen), 3):  # two candidates on dev, then the chosen one on test
        (_, fit, dev), (_, again, same), (_, train, test) = spy.seen[first : first + 3]
        assert (fit, dev) == (again, same)
        assert not test & (fit | dev | train)
        assert not fit & dev
        if parts:
            assert train == fit, "the dev part of a set is not learnt from"
        else:
            assert train == fit | dev


def test_a_single_setting_is_not_tried_on_dev():
    sentences = made_set()
    spy = Spy(dict(zip(sentences.texts, sentences.y, strict=True)), {"good": False})
    judge(spy, sentences)
    assert len(spy.seen) == 10


def test_the_first_of_equals_is_chosen():
    sentences = made_set()
    spy = Spy(
        dict(zip(sentences.texts, sentences.y, strict=True)), {"good": True, "n": 1}, {"good": True, "n": 2}
    )
    assert select(spy, spy.settings, sentences, *hold_out(np.arange(300), np.random.default_rng(0)))["n"] == 1


def test_intervals_hold_the_mean_as_often_as_they_say():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        mean, half = mean_interval(rng.normal(0.8, 0.01, 10), 1000)
        held += abs(mean - 0.8) < half
    assert 0.935 < held / 2000 < 0.965
    assert mean_interval([1.0], 50) == (1.0, 0.0)


@pytest.mark.parametrize("system", SYSTEMS)
def test_systems_learn_a_made_set(system):
    assert judge(SYSTEMS[system], made_set()).accuracy > 0.95
    assert judge(SYSTEMS[system], made_set(parts=True)).accuracy > 0.9


def measured(run, systems, sets, **how):
    return list(run.measure(systems, sets, tasks_of(list(systems), sets, **how)))


def test_folds_are_kept_and_measured_anew_for_other_sentences(tmp_path):
    systems, settings = {"mnb": SYSTEMS["mnb"]}, {"ngram": 2}
    first = measured(Run(tmp_path / "run", settings), systems, {"mr": made_set()}, folds=3)
    kept = measured(Run(tmp_path / "run", settings), systems, {"mr": made_set()}, folds=4)
    assert [each[2] for each in first + kept] == [False] * 3 + [True] * 3 + [False]
    assert kept[0][1] == first[0][1]
    other = measured(Run(tmp_path / "run", settings), systems, {"mr": made_set(seed=1)}, folds=1)
    assert [each[2] for each in other] == [False]
    with pytest.raises(ValueError, match=r"expected folds of \{'ngram': 1\}, came \{'ngram': 2\}"):
        Run(tmp_path / "run", {"ngram": 1})


def test_folds_are_those_of_the_whole_judgement():
    sentences = made_set(seed=3)
    folds = measured(Run(None, {}), {"mnb": SYSTEMS["mnb"]}, {"mr": sentences})
    cell = judge(SYSTEMS["mnb"], sentences)
    assert [fold["accuracy"] for _, fold, _ in folds] == cell.folds
    found = cell_of("mnb", "mr", [each[:2] for each in folds])
    assert found.accuracy == pytest.approx(100 * cell.accuracy, abs=0.01)
    assert found.high == pytest.approx(min(100, 100 * (cell.accuracy + cell.interval)), abs=0.01)


def test_every_cell_has_its_first_fold_before_any_has_its_second():
    sets = {"mr": made_set(), "trec": made_set(parts=True)}
    tasks = tasks_of(["a", "b"], sets, seeds=(0, 1), folds=2, sizes=(None, 50))
    assert [task.name for task in tasks[:4]] == ["a mr 0 0", "b mr 0 0", "a trec 0 0", "b trec 0 0"]
    assert len(tasks) == len(set(tasks)) == 2 * 2 * 2 * 2 + 2 * 2 * 2  # a set with a test part has one split
    assert {task.fold for task in tasks if task.set == "trec"} == {0}


def test_seeds_have_folds_of_their_own_and_least_and_most_are_of_seeds():
    folds = measured(Run(None, {}), {"mnb": SYSTEMS["mnb"]}, {"mr": made_set(90)}, seeds=(0, 1), folds=2)
    pairs = [each[:2] for each in folds]
    cell = cell_of("mnb", "mr", pairs)
    means = [100 * np.mean([f["accuracy"] for t, f in pairs if t.seed == seed]) for seed in (0, 1)]
    assert (cell.least, cell.most) == pytest.approx((min(means), max(means)), abs=0.01)
    assert {t.seed: f["tested"] for t, f in pairs}[0] != {t.seed: f["tested"] for t, f in pairs}[1]


def test_a_learning_curve_learns_from_so_many_sentences():
    class Counting(Spy):
        def predict(self, setting, train, y, texts):
            assert len(train) == len(y) == 40
            return super().predict(setting, train, y, texts)

    sentences = made_set()
    spy = Counting(dict(zip(sentences.texts, sentences.y, strict=True)), {"good": True})
    assert judge_fold(spy, sentences, 2, size=40).accuracy == 1
    with pytest.raises(ValueError, match="expected at most"):
        judge_fold(spy, sentences, 2, size=1000)


def test_words_and_dev_go_to_systems_that_ask_for_them():
    class Asking:
        reads_words = takes_dev = True

        def candidates(self):
            return ({},)

        def predict(self, setting, train, y, texts, dev=None):
            assert all(isinstance(words, list) for words in [*train, *texts, *dev[0]])
            assert len(dev[0]) == len(dev[1]) == 30
            return np.zeros(len(texts))

    judge_fold(Asking(), made_set(parts=True), 0)


def test_what_a_system_cannot_do_is_a_reason_and_not_kept(tmp_path):
    class Unable:
        def candidates(self):
            raise ValueError("too few\n    hint: more")

    run = Run(tmp_path, {})
    run.folds["unable mr 0 0"] = {"data": "another"}
    ((_, fold, _),) = measured(run, {"unable": Unable()}, {"mr": made_set()}, folds=1)
    assert fold == {"reason": "too few"}
    assert run.folds == {}
    sets, systems = {"mr": made_set()}, {"mnb": SYSTEMS["mnb"]}
    late = list(run.measure(systems, sets, tasks_of(["mnb"], sets), until=0.0))
    assert {fold["reason"] for _, fold, _ in late} == {"the time of --budget was used up"}


def test_a_run_that_is_killed_keeps_its_finished_folds(tmp_path):
    class Broken:
        def candidates(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(Run(tmp_path, {}), {"mnb": SYSTEMS["mnb"], "broken": Broken()}, {"mr": made_set()})
    assert [*Run(tmp_path, {}).folds] == ["mnb mr 0 0"]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"settings": {}, "folds": {"a": {"accuracy": "x"}}}', "\xff"]
)
def test_damaged_folds_are_an_error_that_names_the_file(tmp_path, content):
    (tmp_path / "folds.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(FileError, match=r"folds\.json"):
        Run(tmp_path, {})


def test_the_lectures_rows_are_in_the_table():
    assert len(ROWS) == len(set(ROWS)) == 18
    assert set(ROWS) <= set(PUBLISHED)
    assert not set(NEEDS) & set(ALL), "a system that is there needs no excuse"
    assert set(ROWS) - set(NEEDS) <= set(ALL)


def test_a_cell_is_json(tmp_path):
    cell = judge(SYSTEMS["mnb"], made_set()).as_json()
    assert json.loads(json.dumps(cell)) == cell


def test_what_was_without_dev_stands_beside(tmp_path):
    """A system that tells both: accuracy is of the epoch that dev chose, last of the last one."""

    class Both(Spy):
        def predict(self, setting, train, y, texts):
            return Found(np.array([self.truth[text] for text in texts]), np.zeros(len(texts), int))

    sentences = made_set(60, parts=True)
    truth = dict(zip(sentences.texts, sentences.y.tolist(), strict=True))
    fold = judge_fold(Both(truth, {}), sentences, 0)
    assert fold.accuracy == 1
    assert fold.last == pytest.approx(np.mean(sentences.y[sentences.parts == "test"] == 0))
    run = Run(tmp_path / "run", {})
    measured = run.measure(
        {"x": Both(truth, {})}, {"trec": sentences}, tasks_of(["x"], {"trec": sentences}, [0], 1)
    )
    cell = cell_of("x", "trec", [(task, kept) for task, kept, _ in measured])
    assert (cell.accuracy, cell.last) == (100, round(100 * fold.last, 2))
