# Each target does its own set-up in .venv, from nothing, once.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: demo studio test lint docs

demo: $(INSTALLED)
	@mkdir -p demo-output
	$(BIN)/vs-lipsync dub demo/footage.mp4 --audio demo/dub.ogg --output demo-output/dubbed.mp4 --overwrite
	$(BIN)/python scripts/contact_sheet.py demo/footage.mp4 --audio demo/dub.ogg --output demo-output/contact-sheet.jpg
	@echo "The dubbed clip is   $(CURDIR)/demo-output/dubbed.mp4"
	@echo "Some of its frames:  $(CURDIR)/demo-output/contact-sheet.jpg"

# The studio on the demo's footage with two people cast; what is done there stays until demo-output/studio is removed.
studio: $(INSTALLED)
	@mkdir -p demo-output/studio
	@test -e demo-output/studio/film.toml || cp demo/film.toml demo/footage.mp4 demo/dub.ogg demo-output/studio/
	$(BIN)/vs-lipsync studio demo-output/studio/film.toml

# vspipe looks on the PATH for the Python it is to use.
test: $(INSTALLED)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest --numprocesses 2 --dist worksteal

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/oxlint vs_lipsync/report/template/script vs_lipsync/studio/page/script

# The pages of docs/, with the reference of the package out of its docstrings, as a site in site/.
docs: $(INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# The versions are those of constraints.txt. `vapoursynth config` is what lets vspipe find this Python,
# and vsstubs tells mypy the types of VapourSynth and of the plugins that are installed.
$(INSTALLED): pyproject.toml setup.cfg constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.12 or newer is needed; try: make PYTHON=python3.13" if sys.version_info < (3, 12) else 0)'
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev,docs]'
	$(BIN)/vapoursynth config
	$(BIN)/vsstubs --quiet
	@touch $@
