# The README's two commands. Each makes the environment where it is missing, then does its work.
#   make demo    a sentence becomes a video, a BVH and an npz under out/demo/
#   make test    lint, types, the import contract and every test
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PROMPT ?= a person walks forward

.PHONY: demo test lint types contract env check-system clean

demo: env check-system
	mkdir -p out/demo
	$(BIN)/lmm generate "$(PROMPT)" --seconds 4 --seed 0 -o out/demo/walk.mp4 -o out/demo/walk.bvh -o out/demo/walk.npz
	@echo "Look at out/demo/walk.mp4; open out/demo/walk.bvh in Blender, Maya or Unreal; out/demo/walk.npz is AMASS-style."
	@echo "Your own sentence: source $(VENV)/bin/activate, then lmm generate \"a person waves with the right hand\" -o wave.bvh -o wave.mp4"

test: env check-system
	$(BIN)/python -m pytest -n 2

lint: env
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: env
	$(BIN)/pyright

contract: env
	$(BIN)/lint-imports

env: $(VENV)/.ready

# torch comes first and alone: the exact version is a CPU build, and everything after it finds it in place.
$(VENV)/.ready: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install python3.11 (Debian/Ubuntu: apt install python3.11 python3.11-venv) or set PYTHON=..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable ".[dev]"
	$(BIN)/pyright --version >/dev/null
	touch $@

check-system: env
	@$(BIN)/python -c "import ctypes.util, sys; sys.exit(0 if ctypes.util.find_library('EGL') else 'Rendering needs EGL. On Debian or Ubuntu: apt install libegl1 libegl-mesa0 libgl1-mesa-dri')"

clean:
	rm -rf out $(VENV)
