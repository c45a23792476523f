# Needs python3 (3.11 or later) and make; everything else is installed into .venv.
#
#   make run    measure the sample study and say which file to open
#   make test   run all tests
#   make lint   style, types and the direction of imports
#   make bench  time the main job (not a test; prints a table)
#   make bench-form  time the measures of form beside momepy, and how they grow
#   make bench-land  time land use and clusters beside rasterio and scikit-learn
#   make bench-access  time nearest places and counts beside pandana (AGPL, in the environment of
#                 the peers) and networkx, on real streets beside the checkout
#   make bench-city   a whole city through the whole command: Shenzhen, and made-up cities of up to
#                 500,000 buildings (half an hour; BENCH_ARGS=--quick for trying)
#   make bench-peers  every job beside the packages that do it, installed into .venv-peers: one
#                 table of ratios (an hour; BENCH_ARGS=--quick for trying)
#   make bench-pages  size and speed of the map pages beside GeoDataFrame.explore
#   make faults hurt every input on purpose and write docs/faults.md (an hour)
#   make notebooks run the notebooks and write them with their outputs
#   make gallery   write the pictures in maps/ anew from the sample
#   make sample write the shipped files of the sample study anew
#   make lock   write the lock files anew after a change of dependencies

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint sample bench bench-form bench-land bench-access bench-city bench-peers bench-pages notebooks gallery lock clean

run: $(VENV)/.run
	$(BIN)/taobaogis run sample

test: $(VENV)/.dev
	$(BIN)/pytest --numprocesses auto --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

notebooks: $(VENV)/.dev
	$(BIN)/python tools/notebooks.py

gallery: $(VENV)/.dev
	$(BIN)/python tools/gallery.py

sample: $(VENV)/.run
	$(BIN)/python -m taobaogis.loaders.sample data/sample

bench: $(VENV)/.run
	$(BIN)/python benchmarks/main_job.py

bench-form: $(VENV)/.dev
	$(BIN)/python benchmarks/form.py

bench-land: $(VENV)/.dev
	$(BIN)/python benchmarks/landuse_clusters.py

bench-access: $(VENV)/.dev
	$(BIN)/python benchmarks/access.py

bench-city: $(VENV)/.dev
	$(BIN)/python benchmarks/city.py $(BENCH_ARGS)

bench-peers: $(VENV)/.dev
	$(BIN)/python benchmarks/peers.py $(BENCH_ARGS)

bench-pages: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --no-deps mapclassify
	$(BIN)/python benchmarks/pages.py

faults: $(VENV)/.dev
	$(BIN)/python benchmarks/faults.py --write

lock: $(VENV)/.dev
	$(BIN)/uv lock
	$(BIN)/uv export --quiet --format requirements-txt --no-emit-project --no-annotate --no-header \
		--group build --no-default-groups --output-file requirements.lock
	$(BIN)/uv export --quiet --format requirements-txt --no-emit-project --no-annotate --no-header \
		--all-groups --all-extras --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) dist runs

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name it with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.run: $(VENV)/.python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.lock
	touch $@
