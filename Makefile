# Two commands: `make tour` and `make test`.  Each prepares all it needs in .venv and reuses it while it is current.
# A compiler of your choice: make test CC=clang.  Without one (CC=/bin/false) Numba serves the kernels.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= $(CUTAWAY_DATA)

# The environment is current if it is newer than what it was built from, and was built with the same compiler.
SOURCES  := setup.py pyproject.toml MANIFEST.in $(shell find ext -name '[a-z]*.[ch]' -o -name '*.pyx' -o -name '*.pxi')
COMPILER := $(shell echo '$(CC)' | tr -c 'A-Za-z0-9.\n' '-')
BUILT    := $(VENV)/built-with-$(COMPILER)
TESTING  := $(BUILT)-for-tests
LINTING  := $(BUILT)-for-lint
BENCH_TEXT := .venv-bench-text/installed
BENCH_GRADCHECK := .venv-bench-gradcheck/installed
WORKERS  := $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)

.PHONY: tour test test-exchange test-exchange-gradcheck sanitize fuzz lint format bench bench-text bench-gradcheck clean

# All chapters, or some: make tour ONLY="words glove"
tour: $(BUILT)
	$(BIN)/cutaway tour $(if $(DATA),--data "$(DATA)") $(if $(ONLY),--only $(ONLY))

test: $(TESTING)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Files and vectors exchanged with gensim, fastText and GloVe's C programs, in the environment of bench-text.
test-exchange: $(BENCH_TEXT)
	.venv-bench-text/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	test -x .venv-bench-text/glove/glove || .venv-bench-text/bin/python benchmarks/text_tools.py .venv-bench-text/glove
	CUTAWAY_GLOVE=.venv-bench-text/glove .venv-bench-text/bin/python -m pytest -rs tests/text/test_exchange_*.py

# Functions of PyTorch and JAX through the gradient checker, in the environment of bench-gradcheck.
test-exchange-gradcheck: $(BENCH_GRADCHECK)
	.venv-bench-gradcheck/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	.venv-bench-gradcheck/bin/python -m pytest -rs tests/core/test_exchange_gradcheck.py

# Random shapes through the C kernels, built with address and undefined-behaviour sanitizers; SHAPES for each level.
sanitize:
	CC="$(CC)" $(PYTHON) tests/ext/sanitize/run.py $(SHAPES)

# Damaged files through every reader: how many, which random ones, and, by a part of their names, which readers.
MUTANTS ?= 200
SEED    ?= 1
fuzz: $(BUILT)
	$(BIN)/python tests/fuzz/run.py $(MUTANTS) $(SEED) "$(READERS)"

lint: $(LINTING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet . || (echo "run: make format" && false)
	$(BIN)/pyright

format: $(LINTING)
	$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format .

# Speeds, against PyTorch, ONNX Runtime and OpenVINO in an environment of its own; ONLY=word measures some,
# ROUNDS=n repeats n times.
bench: $(BUILT)
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	.venv-bench/bin/python benchmarks/kernels.py $(if $(ONLY),--only "$(ONLY)") $(if $(ROUNDS),--rounds $(ROUNDS))
	.venv-bench/bin/python benchmarks/inference.py $(if $(ONLY),--only "$(ONLY)") $(if $(ROUNDS),--rounds $(ROUNDS))

# The same for word vectors, against gensim, fastText and the C word2vec; TEXT=file takes WORDS=n of its words.
bench-text: $(BENCH_TEXT)
	.venv-bench-text/bin/python benchmarks/text.py $(if $(TEXT),--text "$(TEXT)") $(if $(WORDS),--words $(WORDS)) \
		$(if $(ROUNDS),--rounds $(ROUNDS))

$(BENCH_TEXT): $(BUILT)
	@test -x .venv-bench-text/bin/python || $(PYTHON) -m venv .venv-bench-text
	.venv-bench-text/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[bench-text]'
	.venv-bench-text/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
		--target .venv-bench-text/turbo fasttext-turbo==0.1.0
	@touch $@

# The gradient checker on mutants of every op, beside those of PyTorch, JAX and HIPS autograd.
bench-gradcheck: $(BENCH_GRADCHECK)
	.venv-bench-gradcheck/bin/python benchmarks/gradcheck.py --peers .venv-bench-gradcheck/bin/python

$(BENCH_GRADCHECK): $(BUILT)
	@test -x .venv-bench-gradcheck/bin/python || $(PYTHON) -m venv .venv-bench-gradcheck
	.venv-bench-gradcheck/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[bench-gradcheck]'
	@touch $@

$(BUILT): $(SOURCES)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@rm -f $(VENV)/built-with-*
	@find ext \( -name '*.so' -o -name '*.pyd' \) -delete
	@echo "cutaway: installing into $(VENV), once"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TESTING): $(BUILT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,mpi]'
	@touch $@

$(LINTING): $(TESTING)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[lint]'
	@touch $@

clean:
	rm -rf $(VENV) .venv-bench .venv-bench-text .venv-bench-gradcheck build dist tour *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
	find ext \( -name '*.so' -o -name '*.pyd' -o -name '_*.c' \) -delete
