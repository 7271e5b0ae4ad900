"""Word vectors on several ranks: in rounds the same as on one, and as good where they meet otherwise."""

from __future__ import annotations

import os

import numpy as np
import pytest
from cutaway.text import Doc2Vec, FastText, Word2Vec
from cutaway.text.embeddings.mpi.deal import evenly, in_slices
from cutaway.text.embeddings.mpi.merge import nearest_rotation
from hypothesis import given
from hypothesis import strategies as st
from mpiexec import needs_mpi, program, run, succeeded

TOPICS, WORDS = 8, 10
OPTIONS = {"dim": 20, "window": 3, "epochs": 3, "min_count": 1, "sample": 0}


def write_lines(folder) -> list[str]:
    """A text whose lines have words of one topic each."""
    rng = np.random.default_rng(0)
    topics = rng.integers(0, TOPICS, 2000)
    lines = [" ".join(f"w{word}t{topic}" for word in rng.integers(0, WORDS, 9)) for topic in topics]
    (folder / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    return lines


def of_one_topic(vectors) -> float:
    """The share of words whose nearest neighbour is of their topic."""
    near = {word: vectors.most_similar(word, topn=1)[0][0] for word in vectors.words}
    return float(np.mean([word.partition("t")[2] == other.partition("t")[2] for word, other in near.items()]))


CODE = """
    import json
    from pathlib import Path
    import numpy as np
    from cutaway.text import FastText, Word2Vec
    options = {options}
    trained = {
        "rounds of 4": Word2Vec(**options, deterministic=True, comm=comm),
        "rounds of 3": Word2Vec(**options, deterministic=3, cbow=True, hs=True, comm=comm),
        "rounds of n-grams": FastText(**options, deterministic=3, buckets=500, comm=comm),
        "frequent": Word2Vec(**options, threads=2, comm=comm),
        "frequent n-grams": FastText(**options, buckets=500, comm=comm),
        "rounds": Word2Vec(**options, sync="rounds", comm=comm),
        "merge": Word2Vec(**options, sync="merge", comm=comm),
    }
    for name, model in trained.items():
        model.fit(Path(folder) / "text.txt", progress=False)
        same = comm.bcast((model.v, model.vp, model.history, model.text, model.random))
        assert np.array_equal(model.v, same[0]) and np.array_equal(model.vp, same[1]), name
        assert [e["loss"] for e in model.history] == [e["loss"] for e in same[2]], name
        assert (model.text, model.random) == same[3:], name
        model.save(Path(folder) / f"{name}.safetensors")
    """


@pytest.fixture(scope="module", params=[2, 3])
def trained(request, tmp_path_factory):
    """The text, the folder of the models that ranks have trained, and how many ranks there were."""
    folder = tmp_path_factory.mktemp(f"ranks-{request.param}")
    lines = write_lines(folder)
    succeeded(program(request.param, CODE.replace("{options}", repr(OPTIONS)), folder))
    return lines, folder, request.param


@needs_mpi
@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("rounds of 4", Word2Vec(**OPTIONS, deterministic=True)),
        ("rounds of 3", Word2Vec(**OPTIONS, deterministic=3, cbow=True, hs=True)),
        ("rounds of n-grams", FastText(**OPTIONS, deterministic=3, buckets=500)),
    ],
)
def test_rounds_are_to_the_bit_those_of_one_process(trained, name, model):
    lines, folder, _ = trained
    found = type(model).load(folder / f"{name}.safetensors")
    model.fit(lines, progress=False)
    assert found.vocabulary.words == model.vocabulary.words
    assert np.array_equal(found.v, model.v)
    assert np.array_equal(found.vp, model.vp)
    assert (found.text, found.random) == (model.text, model.random)


@needs_mpi
def test_rounds_without_a_number_have_a_slice_a_rank(trained):
    lines, folder, ranks = trained
    found = Word2Vec.load(folder / "rounds.safetensors")
    one = Word2Vec(**OPTIONS, deterministic=ranks).fit(lines, progress=False)
    assert np.array_equal(found.v, one.v)


@needs_mpi
@pytest.mark.parametrize("name", ["rounds of 4", "frequent", "frequent n-grams", "rounds", "merge"])
def test_what_ranks_learn_is_what_one_learns(trained, name):
    _, folder, _ = trained
    kind = FastText if "n-grams" in name else Word2Vec
    found = kind.load(folder / f"{name}.safetensors")
    assert of_one_topic(found.vectors) > 0.95
    assert found.history[-1]["loss"] < found.history[0]["loss"]
    assert found.history[-1]["bytes_per_word"] > 0


@given(st.integers(0, 200), st.integers(1, 6), st.integers(1, 9), st.integers(1, 30))
def test_every_token_has_one_owner(length, ranks, slices, size):
    for edges, owners in (evenly(length, ranks), in_slices(length, size, slices, ranks)):
        assert edges[0] == 0
        assert edges[-1] == length
        assert (np.diff(edges) >= 0).all()
        assert len(owners) == len(edges) - 1
        assert all(0 <= owner < ranks for owner in owners)


@needs_mpi
def test_tokens_are_dealt_in_order(tmp_path):
    code = """
        import numpy as np
        from cutaway.text.embeddings.mpi import deal
        deal.AT_ONCE = 7
        rng = np.random.default_rng(3)
        for length in (0, 1, 40, 97):
            for trial in range(6):
                text = np.arange(length, dtype=np.int32)
                cuts = np.sort(rng.integers(0, length + 1, comm.size - 1)) if trial else [0] * (comm.size - 1)
                own = np.split(text, cuts)[comm.rank]
                edges, owners = deal.in_slices(length, 1 + trial, 1 + trial % 4, comm.size)
                found = deal.deal(own, edges, owners, comm)
                pieces = [text[a:b] for a, b, o in zip(edges, edges[1:], owners) if o == comm.rank]
                assert found.tolist() == [int(x) for piece in pieces for x in piece], (length, trial)
        say("well")
        """
    assert succeeded(program(3, code, tmp_path)).count("well") == 3


def test_a_rotation_is_found_again(rng):
    points = rng.normal(size=(50, 6))
    rotation, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    noisy = points @ rotation + 1e-3 * rng.normal(size=(50, 6))
    np.testing.assert_allclose(nearest_rotation(points, noisy), rotation, atol=2e-3)


@needs_mpi
def test_rotated_models_merge_to_one(tmp_path):
    code = """
        import numpy as np
        from cutaway.text.embeddings.mpi.merge import align, weighted_mean
        rng = np.random.default_rng(0)
        truth = rng.normal(size=(60, 5)).astype(np.float32)
        turn, _ = np.linalg.qr(np.random.default_rng(comm.rank + 1).normal(size=(5, 5)))
        weight = np.ones(60)
        weight[comm.rank * 20 : comm.rank * 20 + 10] = 1e-9  # words that this rank has not seen
        own = (truth @ turn).astype(np.float32)
        own[weight < 1] = 9
        rotation, sent = align(own, weight, comm)
        assert sent >= 2 * own.nbytes  # at least two turns
        merged = weighted_mean(own @ rotation.astype(np.float32), weight, comm)
        np.testing.assert_allclose(merged @ merged.T, truth @ truth.T, atol=1e-3)
        say("well")
        """
    assert succeeded(program(3, code, tmp_path)).count("well") == 3


def test_a_model_that_cannot_train_on_ranks_says_so():
    with pytest.raises(TypeError, match=r"Doc2Vec: it does not train on several ranks\n"):
        Doc2Vec(comm=object())


TRAIN = ["-train", "text.txt", "-size", "16", "-min-count", "1", "-iter", "4", "-output", "vectors.txt"]
TRAIN += ["-deterministic", "3", "-checkpoint", "kept.safetensors"]


@needs_mpi
def test_a_killed_run_goes_on_with_any_number_of_ranks(tmp_path, monkeypatch):
    """Rank 1 is killed after the second epoch; three runs go on to what one that never stopped gives."""
    write_lines(tmp_path)
    monkeypatch.chdir(tmp_path)
    killed = """
        import os, signal, sys
        from cutaway.__main__ import main
        from cutaway.text import Word2Vec
        save = Word2Vec.save
        def save_or_die(model, path):
            save(model, path)
            comm.Barrier()  # the checkpoint is there
            if model.epoch == 2 and comm.rank == 1:
                os.kill(os.getpid(), signal.SIGKILL)
        Word2Vec.save = save_or_die
        os.chdir(folder)
        main(["word2vec", *{train}])
        """
    done = program(2, killed.replace("{train}", repr(TRAIN)), tmp_path)
    assert done.returncode != 0
    assert not (tmp_path / "vectors.txt").exists()
    kept = (tmp_path / "kept.safetensors").read_bytes()
    assert Word2Vec.load(tmp_path / "kept.safetensors").epoch == 2
    whole = Word2Vec(dim=16, min_count=1, epochs=4, deterministic=3, cbow=True)
    whole.fit(tmp_path / "text.txt", progress=False)
    whole.vectors.save(tmp_path / "whole.txt")
    for ranks in (1, 2, 3):
        (tmp_path / "kept.safetensors").write_bytes(kept)
        (tmp_path / "vectors.txt").unlink(missing_ok=True)
        code = f"""
            import os
            from cutaway.__main__ import main
            os.chdir(folder)
            main(["word2vec", *{TRAIN}])
            """
        succeeded(program(ranks, code, tmp_path))
        found = Word2Vec.load(tmp_path / "kept.safetensors")
        assert found.epoch == 4
        assert np.array_equal(found.v, whole.v), ranks
        lines = (tmp_path / "vectors.txt").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 1 + len(whole.vocabulary)


@needs_mpi
def test_commands_fail_on_every_rank_and_rank_0_says_why(tmp_path):
    write_lines(tmp_path)
    text = str(tmp_path / "text.txt")
    out = ["-output", str(tmp_path / "v.txt"), "-min-count", "1"]
    for command, said in (
        (["word2vec", "-train", "nix.txt", *out], "no file 'nix.txt' on this rank"),
        (["word2vec", "-train", text, *out, "-sync", "sometimes"], "-sync is one of frequent, rounds, merge"),
        (["word2vec", "-train", text, *out, "-sync", "merge", "-checkpoint", "c.safetensors"], "-sync merge"),
        (["word2vec", "-train", text, "-output", str(tmp_path / "no" / "v.txt")], "-output"),
        (
            ["fasttext", "supervised", "-input", text, "-output", str(tmp_path / "m")],
            "does not train on several",
        ),
    ):
        done = run(2, "-m", "cutaway", *command)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["text.txt"]


@needs_mpi
def test_ranks_may_work_alone(tmp_path):
    lines = write_lines(tmp_path)
    code = """
        import os
        from cutaway.__main__ import main
        os.chdir(folder)
        train = ["word2vec", "-train", "text.txt", "-min-count", "1", "-size", "8", "-iter", "1", "-debug", "0"]
        main([*train, "-mpi", "0", "-output", f"v{comm.rank}.txt", "-threads", "1"])
        """
    succeeded(program(2, code, tmp_path))
    first, second = ((tmp_path / f"v{rank}.txt").read_bytes() for rank in (0, 1))
    assert first == second
    assert first.count(b"\n") == 1 + len({word for line in lines for word in line.split()}) + 1


@needs_mpi
@pytest.mark.parametrize("lines", [["a b"], ["a b", "b a", "a b"]])
def test_fewer_lines_than_ranks(lines, tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    code = """
        from pathlib import Path
        import numpy as np
        from cutaway.text import Word2Vec
        for sync in ("frequent", "rounds", "merge"):
            model = Word2Vec(dim=4, min_count=1, epochs=2, sample=0, sync=sync, comm=comm)
            model.fit(Path(folder) / "text.txt", progress=False)
            assert np.isfinite(model.v).all() and np.array_equal(model.v, comm.bcast(model.v)), sync
        say("well")
        """
    assert succeeded(program(3, code, tmp_path)).count("well") == 3


@needs_mpi
def test_a_full_disk_of_one_rank_is_an_error_on_every_rank(tmp_path):
    """Rank 1 may write files of 4 KB; with little memory for ids, that is too little for its part."""
    write_lines(tmp_path)
    code = """
        import resource
        from pathlib import Path
        from cutaway.core.ranks import RankError
        from cutaway.text import Word2Vec
        from cutaway.text.corpus import token_ids
        token_ids.IN_MEMORY = 100
        model = Word2Vec(dim=4, min_count=1, epochs=1, comm=comm)
        if comm.rank == 1:
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            model.fit(Path(folder) / "text.txt", progress=False)
        except OSError as error:
            say(comm.rank, type(error).__name__, error)
        except RankError as error:
            say(comm.rank, type(error).__name__, error)
        """
    said = succeeded(program(3, code, tmp_path)).splitlines()
    assert len(said) == 3
    assert any(line.startswith("1 OSError") and "too large" in line for line in said)
    assert sum("RankError rank 1 of 3" in line and "too large" in line for line in said) == 2


@needs_mpi
def test_ranks_with_other_options_are_an_error_on_every_rank(tmp_path):
    write_lines(tmp_path)
    code = """
        from pathlib import Path
        from cutaway.core.ranks import RankError
        from cutaway.text import Word2Vec
        for option in ({"dim": 4 + comm.rank}, {"seed": 1 + comm.rank}):
            model = Word2Vec(**{"dim": 4, "min_count": 1, "epochs": 1, **option}, comm=comm)
            try:
                model.fit(Path(folder) / "text.txt", progress=False)
            except RankError as error:
                say(*str(error).split())
        """
    said = succeeded(program(2, code, tmp_path)).splitlines()
    assert len(said) == 4
    assert all("ranks differ in options" in line for line in said)
