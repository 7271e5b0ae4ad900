"""The line of progress says what is known, as the original's does."""

from __future__ import annotations

from cutaway.commands.fasttext_progress import Progress


def test_no_loss_is_told_before_one_is_measured():
    progress = Progress({"verbose": 2, "thread": 1, "lr": 0.05})
    progress.begin(100)
    progress.n = 50
    assert " 50.0% " in progress.line()
    assert "avg.loss:         - ETA" in progress.line()
    progress.set_postfix(rate="0.025", loss="2.5")
    assert "lr:  0.025000 avg.loss:  2.500000 ETA" in progress.line()
