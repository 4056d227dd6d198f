"""Quality over steps: what is asked, that real clips are dealt fairly, and what comes out the same twice."""

import json

import numpy as np
import pytest

from lmm import cli
from lmm.evaluate import prompts, steps, steps_command
from lmm.evaluate.steps import Answer, Setting
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.stats import Stats
from motionverse.store import Store
from motionverse.store.writer import Writer
from tests import forge
from tests.lmm import forged_weights

NAMES = [predicate.name for predicate in prompts.PREDICATES[:5]]
CLIPS = {name: [(2 * k, False), (2 * k + 1, False), (2 * k + 1, True)] for k, name in enumerate(NAMES)}


class Space:
    """Sentences lie by their length, motions by how far they go."""

    version = "forged-space-0"
    action_names = ()

    def motions(self, motions):
        return np.array([[*np.ptp(motion.root, axis=0), 1.0] for motion in motions])

    def texts(self, texts):
        return np.array([[0.01 * len(text), 0.0, 1.0, 1.0] for text in texts])

    def gists(self, texts):
        return np.eye(384)[[sum(map(ord, text)) % 384 for text in texts]]

    def actions(self, motions):
        return np.zeros((len(motions), 0))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place = tmp_path_factory.mktemp("data") / "store"
    with Writer(place) as writer:
        for k in range(2 * len(NAMES)):
            motion = forge.walk(seconds=4.0, speed=0.8 + 0.1 * k, turn=0.1 * k)
            captions = (Caption("a person walks"),)
            writer.add(Clip(motion, f"forged/{k}", "forged", "cmu", f"p{k}", captions, action="walk", split="test"))
        writer.close(Stats())
    return place


def test_real_clips_are_dealt_into_sides_that_share_none():
    several = CLIPS | {"rare": [(3, False), (4, False)], "many": [(k, False) for k in range(9)]}
    for seed in range(10):
        sides = steps.dealt(several, np.random.default_rng(seed))
        one, other = ({index for rows in side.values() for index, _ in rows} for side in sides)
        assert not one & other and one | other == set(range(10))
        assert sides[0]["rare"] and sides[1]["rare"]
        for name, rows in several.items():
            assert sorted(sides[0][name] + sides[1][name]) == sorted(rows)


def test_a_question_asks_every_predicate_in_both_wordings_by_turns(store):
    first, second = (steps.ask(Store(store), CLIPS, Space(), 2, repetition) for repetition in (0, 1))
    assert [prompt.predicate.name for prompt in first.prompts] == 2 * NAMES
    assert [p.wording for p in first.prompts[:3]] == ["grammar", "file", "grammar"]
    assert [p.wording for p in second.prompts[:3]] == ["file", "grammar", "file"]
    assert first.alike[0, len(NAMES)] and not first.alike[0, 1]  # two wordings of one predicate say the same
    assert len(first.real) == len(first.prompts) and len(first.held) >= len(NAMES)
    few = {name: CLIPS[name] for name in NAMES[:3]}
    with pytest.raises(MotionError, match="3 predicates with test clips; 4 are needed"):
        steps.ask(Store(store), few, Space(), 1, 0)


def test_times_are_medians_beside_the_baseline_and_stand_apart():
    base, quick = Setting("nano"), Setting("nano", "ddim", 2)
    took = {base: (4.0, 2.0, 3.0), quick: (1.0, 1.0, 3.0)}
    answers = [
        Answer(s, k, {"fid": 1.0 + k}, seconds) for s, column in took.items() for k, seconds in enumerate(column)
    ]
    spent = steps_command.times(answers, base)
    assert spent["baseline"] == "nano, dpm, 8 steps"
    assert [row["of_baseline"] for row in spent["rows"]] == [1.0, 0.5]
    assert [row["seconds_a_motion"] for row in spent["rows"]] == [3.0, 1.0]
    told = steps_command.report(answers)
    assert told["rows"][1]["columns"]["fid"]["mean"] == 2 and "seconds" not in json.dumps(told)


def test_the_command_says_the_same_twice_and_draws(store, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("motionverse.features.text.TextEncoder.tokens", forged_weights.tokens)
    monkeypatch.setattr("lmm.model.embedder.Embedder.load", lambda *_: Space())
    monkeypatch.setattr("lmm.evaluate.speaking.common", lambda _: CLIPS)
    monkeypatch.setattr(steps_command, "REPETITIONS", 2)
    monkeypatch.chdir(tmp_path)
    weights = forged_weights.write(tmp_path / "tiny")
    asked = ["evaluate", "steps", "--store", str(store), "--model", str(weights), "--steps", "1,3", "--quiet"]
    assert cli.main([*asked, "--samplers", "dpm,ddim", "--json", "a.json", "--picture", "a.png"]) == 0
    shown = capsys.readouterr().out
    assert "ground truth" in shown and "of baseline" in shown and "space forged-space" in shown
    assert cli.main([*asked, "--samplers", "dpm,ddim", "--json", "b.json"]) == 0
    first, second = (json.loads((tmp_path / name).read_text()) for name in ("a.json", "b.json"))
    assert first["report"] == second["report"] and first["times"]["baseline"] == "tiny, dpm, 8 steps"
    rows = {(row["sampler"], row["steps"]): row["columns"] for row in first["report"]["rows"]}
    assert list(rows) == [("", None), ("dpm", 1), ("dpm", 3), ("ddim", 1), ("ddim", 3), ("dpm", 8)]
    assert rows["dpm", 1]["fid"] == rows["ddim", 1]["fid"]  # one call is one call
    assert rows["dpm", 3]["fid"] != rows["ddim", 3]["fid"]
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--steps", "4,few"], "4,few"),
        (["--samplers", "euler"], "euler"),
        (["--prompts", "0"], "--prompts 0"),
    ],
)
def test_bad_questions_are_one_line(store, given, said, capsys):
    with pytest.raises(SystemExit, match="2"):
        raise SystemExit(cli.main(["evaluate", "steps", "--store", str(store), *given]))
    shown = capsys.readouterr().err
    assert said in shown and shown.count("\n") == 1
