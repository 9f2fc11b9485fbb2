# The developer's commands. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help install test golden lint check bench wheel ci

help:  ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ /' | column -t -l 2

install:  ## install this checkout and what its tests need
	pip install -e '.[dev]'

test:  ## run the tests
	pytest

golden:  ## write the golden answers anew; read the diff
	pytest tests/test_saved_queries.py tests/engine/test_engines.py --golden
	git diff --stat tests/golden docs/reference/engines.md

lint:  ## format, lint and type-check
	ruff format .
	ruff check --fix .
	mypy

check:  ## check the data that ships
	openness check --fail-on warning

bench:  ## measure starts, questions, compilation, proofs, drawings, federation, as ratios
	python benchmarks/start.py
	python benchmarks/queries.py
	python benchmarks/graph.py
	python benchmarks/proof.py
	python benchmarks/drawing.py
	python -m benchmarks.federation

wheel:  ## build the wheel
	python -m pip wheel --no-deps -w dist .

ci:  ## what has to pass
	.ci/run
