"""lmm train, asked for what cannot be: one line that names the place, exit code 2, and nothing left behind."""

import pytest

from lmm import cli
from tests.lmm.train.test_loop import CONFIG, store, words, written  # noqa: F401 (pytest takes fixtures by name)

FILES = {
    "empty.yaml": b"",
    "list.yaml": b"- run\n- data\n",
    "words.yaml": b"a walk in the park\n",
    "binary.yaml": bytes(range(256)),
    "broken.yaml": b"run: {steps: [1\n",
    "twice.yaml": b"run: {steps: 1}\nrun: {steps: 2}\n",
    "nothing.yaml": b"run:\n",
    "timed.yaml": b"model: {timed: [music]}\n",
    "deaf.yaml": b"model: {guesses: [music]}\n",
    "wide.yaml": b"model: {width: 32}\n",
    "file": b"",
}
ALONE = [  # what follows `lmm train`
    ("", "the following arguments are required: CONFIG"),
    ("nowhere.yaml", "nowhere.yaml: no such configuration file"),
    ("empty.yaml", "empty.yaml: run.steps, run.minutes and run.cpu_minutes are all 0"),
    ("list.yaml", "list.yaml: expected `key: value` lines, found list"),
    ("words.yaml", "words.yaml: unknown key a walk in the park"),
    ("binary.yaml", "binary.yaml: not text"),
    ("broken.yaml", "broken.yaml: not valid YAML"),
    ("twice.yaml", "found duplicate key run"),
    ("nothing.yaml run.steps=1", "nothing.yaml: run: field 'run' is not Optional"),
]
OVER = [  # what follows a recipe that can be trained
    ("curriculm.rate=3", "unknown key curriculm (did you mean curriculum?)"),
    ("model.widht=3", "unknown key model.widht (did you mean model.width?)"),
    ("model.width=wide", "model.width: 'wide' is not a whole number; give one\n"),
    ("model.width=-4", "model.width: -4 must be 2 or more"),
    ("model.width=7", "model.width: 7 must be even"),
    ("model.blocks=0", "model.blocks: 0 must be 1 or more"),
    ("model.streams={smell:3}", "model.streams: 'smell' is no stream; the streams are text, music"),
    ("model.streams={text:12}", "model.streams: text is 384 wide, not 12"),
    ("timed.yaml", "timed: 'music' is no stream"),
    ("timed.yaml model.streams={text:384,music:37} deaf.yaml model.timed=[]", "guesses: 'music' is no timed stream"),
    ("run.steps", "override 'run.steps': write it as key=value"),
    ("run.steps=1.5", "run.steps: '1.5' is not a whole number"),
    ("run.steps=-3", "run.steps: -3 must be 0 or more"),
    ("run.minutes=nan", "run.minutes: nan is no finite number"),
    ("run.threads=-1", "run.threads: -1 must be from 0 to 4096"),
    ("run.zero=7", "run.zero: 7 is no stage of ZeRO"),
    ("run.seed=-1", "run.seed: -1 must be 0 or more"),
    ("run.log_steps=0", "run.log_steps: 0 must be 1 or more"),
    ("run.compile=maybe", "run.compile: Value 'maybe' is not a valid bool"),
    ("run.precision=fp8", "run.precision: 'fp8' is not one of"),
    ("run.folder=file", "run.folder: file cannot be made (File exists)"),
    ("run.warm_start=nowhere", "model 'nowhere' is unknown"),
    ("run.warm_start=empty", "empty: no model.safetensors in this folder"),
    ("run.warm_start=weights", "these weights are of another model"),
    ("optimiser.rate=nan", "optimiser.rate: nan is no finite number"),
    ("optimiser.rate=-1", "optimiser.rate: -1.0 must be 0 or more"),
    ("optimiser.betas=[0.9,1]", "optimiser.betas: give two numbers below 1"),
    ("optimiser.ema=2", "optimiser.ema: 2.0 must be from 0 to 1"),
    ("curriculum.frames=0", "curriculum.frames: 0 must be 1 or more"),
    ("curriculum.at_rate=1.5", "curriculum.at_rate: 1.5 must be from 0 to 1"),
    ("curriculum.nothing=[0.5]", "curriculum.nothing: give two shares"),
    ("curriculum.forms={cell:1}", "curriculum.forms: 'cell' is no mask; the masks are nothing, cells"),
    ("curriculum.shows={music:1,text:0}", "'music': no clip of the train split has it"),
    ("curriculum.shift=nan", "curriculum.shift: nan is no finite number"),
    ("diffusion.steps=0", "diffusion.steps: 0 must be 1 or more"),
    ("loss.snr_cap=-1", "loss.snr_cap: -1.0 must be 0 or more"),
    ("loss.groups={rot:1}", "loss.groups: 'rot' is unknown; the groups are root"),
    ("data.store=nowhere", "nowhere: not a motion store"),
    ("data.store=empty", "empty: not a motion store"),
    ("data.store=file", "file: not a motion store"),
    ("data.weights={nobody:1}", "no clips of source 'nobody'; there are forged"),
    ("data.weights={forged:-1}", "data.weights.forged: -1.0 must be 0 or more"),
    ("data.workers=-1", "data.workers: -1 must be 0 or more"),
    ("data.memory=nan", "data.memory: nan is no finite number"),
    ("network=transformer", "network: 'transformer' is unknown; the networks are lmm"),
    ("network=gpt gpt.codes=nowhere", "gpt.codes: no checkpoint in 'nowhere'"),
    ("--folder=x", "unrecognized arguments: --folder=x"),
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to be in, with the files above."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "empty").mkdir()
    return tmp_path


def refused(arguments, capsys):
    """What is said of arguments that cannot be."""
    capsys.readouterr()
    try:
        code = cli.main(["train", *arguments])
    except SystemExit as stop:  # argparse
        code = stop.code
    told = capsys.readouterr().err
    assert code == 2 and told.count("\n") == 1 and "Traceback" not in told and "_type=" not in told, told
    return told


@pytest.mark.parametrize(("asked", "said"), ALONE, ids=[asked for asked, _ in ALONE])
def test_a_recipe_that_is_none_is_one_line(place, capsys, asked, said):
    assert said in refused(asked.split(), capsys)
    assert not (place / "runs").exists()


@pytest.mark.parametrize(("asked", "said"), OVER, ids=[asked for asked, _ in OVER])
def test_what_a_recipe_cannot_say_is_one_line_and_leaves_nothing(
    store,  # noqa: F811
    weights_folder,
    place,
    capsys,
    asked,
    said,
):
    (place / "weights").symlink_to(weights_folder)
    before = sorted(place.iterdir())
    over = [text.replace(":", ": ") if "{" in text else text for text in asked.split()]
    given = [str(CONFIG), f"data.store={store}", "run.folder=run", *over]
    assert said in refused(given, capsys)
    assert sorted(place.iterdir()) == before


def test_a_run_is_not_gone_on_with_by_another_recipe(store, place, tmp_path_factory, capsys):  # noqa: F811
    given = [str(CONFIG), f"data.store={store}", "run.folder=run", "run.steps=1", "run.validate_clips=0"]
    assert cli.main(["train", *given]) == 0
    before = {path: path.read_bytes() for path in (place / "run").iterdir()}
    assert "these weights are of another model" in refused([*given, "wide.yaml"], capsys)
    assert "these weights are of another model" in refused([*given, "network=encoder"], capsys)
    other = written(tmp_path_factory.mktemp("other") / "store", ["forged", "more"])
    assert "trained on another store" in refused([*given, f"data.store={other}"], capsys)
    assert {path: path.read_bytes() for path in (place / "run").iterdir()} == before
