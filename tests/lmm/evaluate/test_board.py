"""The board on a forged store: cells, resuming, controls, and what comes out."""

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lmm import cli, config
from lmm.evaluate import again, completing, processes, prompts, rows, standings
from lmm.evaluate.board import Board, BoardConfig, TaskConfig, gathered, ordered, title
from lmm.evaluate.predicates import PREDICATES
from lmm.evaluate.rows import Who
from lmm.tasks import TASKS, Given
from motionverse.store import Store
from tests.lmm import forged_weights

STATED = BoardConfig(
    tasks={
        "prediction": TaskConfig({"prefix": {"seconds": 0.99}}, 2.0),
        "in-between": TaskConfig({"ends": {"seconds": 0.79}}, 2.6),
    },
    captions=0,
    actions=0,
    windows=3,
    repetitions=2,
)


def board(store, cache, models=()):
    cache.mkdir(exist_ok=True)
    return Board(STATED, Store(store), models, cache)


def told(board):
    for cell in board.wanted:
        if board.known(cell) is None:
            board.compute(cell)
    return standings.report(board, gathered(board, {cell: board.known(cell) for cell in board.wanted}))


def mean(report, task, row, column):
    rows = {found["name"]: found for found in report["tasks"][task]}
    return rows[row]["columns"][column]["mean"]


def test_ground_truth_stands_first_and_every_control_is_seen(store, tmp_path):
    report = told(board(store, tmp_path / "cache"))
    for found in report["tasks"].values():
        assert found[0]["name"] == "ground truth" and found[0]["columns"]["ade_m"]["mean"] == 0
    assert [row["name"] for row in report["tasks"]["prediction"]][-2:] == ["hold", "constant velocity"]
    assert report["tasks"]["in-between"][-1]["name"] == "cubic"
    checked = {(row["task"], row["check"]): row for row in report["checks"]}
    assert len(checked) == 6 and checked["prediction", "representation"]["holds"]
    unseen = [key for key, row in checked.items() if key[1] != "representation" and row["found"] <= row["truth"]]
    assert not unseen
    assert mean(report, "in-between", "linear", "ade_m") < mean(report, "in-between", "hold", "ade_m")


def test_a_model_row_sees_the_same_windows_and_finished_cells_are_not_done_again(store, tmp_path):
    asked = []

    def complete(windows, seeds):
        asked.append((len(windows.motions), tuple(seeds)))
        return list(windows.motions)

    model = Who("mine", "model", "abc", complete)
    first = told(board(store, tmp_path / "cache", [model]))
    assert asked == [(3, (0, 1, 2)), (3, (3, 4, 5))] * 2
    assert mean(first, "prediction", "mine", "mpjpe_1000_mm") == 0
    again = told(board(store, tmp_path / "cache", [model]))
    assert len(asked) == 4 and again == first
    afresh = told(board(store, tmp_path / "other", [model]))
    assert len(asked) == 8 and json.dumps(afresh) == json.dumps(first)
    told(board(store, tmp_path / "cache", [Who("mine", "model", "other weights", complete)]))
    assert len(asked) == 12
    told(board(store, tmp_path / "cache", [replace(model, sampled="in three steps")]))
    assert len(asked) == 16


def test_the_command_writes_the_same_report_twice(store, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    weights = forged_weights.write(tmp_path / "tiny")
    config.save(STATED, tmp_path / "board.yaml")
    asked = [
        "evaluate",
        "board",
        "board.yaml",
        "--store",
        str(store),
        "--model",
        str(weights),
        "--quick",
        "--workers",
        "1",
    ]
    assert cli.main([*asked, "--json", "a.json", "--markdown", "a.md", "--pictures", "drawn"]) == 0
    shown = capsys.readouterr().out
    assert "ground truth" in shown and "mpjpe_80_mm" in shown and "weights: tiny" in shown
    assert cli.main([*asked, "--json", "b.json", "--cache", "elsewhere"]) == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    report = json.loads((tmp_path / "a.json").read_text())
    assert report["tasks"]["prediction"][-1]["name"] == "tiny" and len(report["models"]["tiny"]) == 12
    assert "| ground truth |" in (tmp_path / "a.md").read_text()
    again = [row for row in report["checks"] if row["check"] == "ground truth again"]
    assert [row["task"] for row in again] == ["prediction", "in-between"] and all(row["holds"] for row in again)
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["in-between.png", "prediction.png"]


def test_ground_truth_that_does_not_reproduce_is_seen(store, tmp_path):
    stated = processes.Stated(STATED, str(store), (), tmp_path)
    board = stated.board()
    told(board)
    assert all(row["holds"] for row in again.checks(stated, board, 1))
    cell = next(cell for cell in board.wanted if cell.who.name == "ground truth" and cell.task == "in-between")
    path = next(path for path in tmp_path.glob("*.json") if json.loads(path.read_text()) == board.known(cell))
    found = json.loads(path.read_text())
    for change, apart in ((1 + 1e-5, 1), (1 + 1e-9, 0)):  # digits that no report shows may differ
        path.write_text(json.dumps({**found, "jerk_m_s3": found["jerk_m_s3"] * change}))
        rows = {row["task"]: row["found"] for row in again.checks(stated, board, 1)}
        assert rows == {"prediction": 0, "in-between": apart}


def test_a_task_may_tell_the_sentence_and_give_what_is_no_frame(store, tmp_path):
    heard = []

    def complete(windows, seeds):
        heard.append(windows.texts)
        return list(windows.motions)

    legs = TaskConfig({"parts": {"names": ["root", "torso", "head", "left_arm", "right_arm"]}}, 2.0, True)
    stated = replace(STATED, tasks={"legs hidden": legs}, windows=2)
    some = [Who("mine", "model", "abc", complete), Who("other", "baseline", "abd", complete, forms=("prefix",))]
    report = told(Board(stated, Store(store), some, tmp_path))
    assert heard == [("a person walks",) * 2] * 2
    names = [row["name"] for row in report["tasks"]["legs hidden"]]
    assert "mine" in names and not {"other", "hold", "linear"} & set(names)
    assert "seam_peak_m_s3" in standings.screen(report) and all(row["holds"] for row in report["checks"])


def test_a_configuration_names_rows_of_its_own_and_the_word_board_may_be_left_out(store, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LMM_ASSETS", str(tmp_path))
    forged_weights.write(tmp_path / "weights" / "board" / "ours")
    forged_weights.write(tmp_path / "mine", seed=1)
    config.save(replace(STATED, models=["board/ours"], repetitions=1, windows=2), tmp_path / "board.yaml")
    asked = ["evaluate", "board.yaml", "--store", str(store), "--workers", "1"]
    assert cli.main([*asked, "--model", "mine", "--json", "a.json"]) == 0
    report = json.loads((tmp_path / "a.json").read_text())
    assert [row["name"] for row in report["tasks"]["prediction"]][-2:] == ["ours", "mine"] == list(report["models"])
    config.save(replace(STATED, models=["board/gone"]), tmp_path / "board.yaml")
    with pytest.raises(SystemExit, match="2"):
        cli.main(asked)
    said = capsys.readouterr().err
    assert "board/gone" in said and said.count("\n") == 1
    with pytest.raises(SystemExit, match="2"):
        cli.main(["evaluate", "bord"])
    assert "none of ablation, board, prompts" in capsys.readouterr().err


def test_a_model_is_a_row_at_every_rate_it_is_sampled_at(store, tmp_path):
    weights = forged_weights.write(tmp_path / "tiny")
    stated = replace(
        STATED, tasks={"prediction": STATED.tasks["prediction"]}, repetitions=1, sampled=[12.0, 15.0, 24.0, 12.0]
    )
    asked = processes.Stated(stated, str(store), (str(weights),), tmp_path)
    report = told(asked.board())
    names = ["tiny", "tiny at 12 fps", "tiny at 24 fps"]  # 15 fps is its own
    assert [row["name"] for row in report["tasks"]["prediction"]][-3:] == names == list(report["models"])
    assert len({mean(report, "prediction", name, "ade_m") for name in names}) == 3
    unseen = rows.models(weights, (24.0,))[1]
    motion = Store(store).motion(0).resample(30.0).frames_slice(0, 61)
    drawn = completing.Windows((motion,), Given({"prefix": {"seconds": 0.99}}), np.arange(61) >= 30)
    assert unseen.complete is not None and len(unseen.complete(drawn, (0,))[0]) == 61


def test_the_release_has_all_ten_tasks_in_the_papers_order():
    stated = config.read(Path(__file__).parents[3] / "configs" / "eval" / "release.yaml", BoardConfig)
    titles = [title(task) for task in ordered(stated)]
    places = [next(k for k, name in enumerate(TASKS) if called.startswith(name)) for called in titles]
    assert places == sorted(places) and set(places) == set(range(10))


def test_clips_bent_beside_sound_are_no_ground_truth_anew():
    told = {"split": "test", "action": PREDICATES[0].actions[0], "style": "", "captions": ()}
    records = [SimpleNamespace(source=source, **told) for source in ("cmu", "music_pairs")]
    plain = replace(PREDICATES[0], styles=(), words="", mirrored=())
    assert prompts.truth_clips(SimpleNamespace(records=records), plain, "test") == [(0, False)]


def test_bad_boards_are_one_line(store, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "typo.yaml").write_text("window: 3\n")
    with pytest.raises(SystemExit, match="2"):
        cli.main(["evaluate", "board", "typo.yaml", "--store", str(store)])
    assert "did you mean windows" in capsys.readouterr().err


def test_a_flag_of_others_is_a_file_here(capsys):
    assert cli.main(["evaluate", "--json", "mine.yaml", "--store", "store"]) == 2
    assert "write lmm evaluate mine.yaml ... --json FILE" in capsys.readouterr().err


def test_a_report_is_never_written_over_its_configuration(store, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("windows: 3\n")
    with pytest.raises(SystemExit, match="2"):
        cli.main(["evaluate", "mine.yaml", "--store", str(store), "--json", "./mine.yaml"])
    assert "mine.yaml" in capsys.readouterr().err and (tmp_path / "mine.yaml").read_text() == "windows: 3\n"


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("sources: [forgd]", "no clips of source 'forgd' in .*; there are "),
        ("calls: [0]", "calls: 0 is out of range"),
        ("variations: [2]", "variation: 2 is out of range"),
        ("gaps: {lengths: [3.0]}", "gaps: 3 s does not lie within 3 s"),
        ("mixes: {x: {streams: [video]}}", "'x': stream 'video' is unknown"),
        ("mixes: {x: {streams: [keypoints], forms: {prefx: {}}}}", "task 'x': mask form 'prefx' is unknown"),
        ("sounds: {dance: {}}", "sounds 'dance'; must be of music, speech: name its kind"),
        ("{sounds: {x: {kind: music}}, mixes: {x: {streams: [text]}}}", "two tasks are called 'x'"),
        ("tasks: {far: {samples: 0, forms: {prefix: {seconds: 0.5}}}}", "0 samples; give 1 at least"),
        ("sampled: [15, 1000]", "sampled: 1000 fps is out of range; allowed are 1 to 240"),
        ("tasks: {far: {seconds: -2}}", "task 'far': -2 s is no length"),
        ("tasks: {far: {seconds: .nan}}", "task 'far': nan s is no length"),
        ("tasks: {far: {forms: {prefix: {secnds: 1}}}}", r"task 'far': forms .*secnds.* cannot be read"),
        ("tasks: {far: {forms: {prefix: {seconds: abc}}}}", r"task 'far': forms .*abc.* cannot be read"),
        ("tasks: {far: {forms: {prefx: {}}}}", "task 'far': mask form 'prefx' is unknown"),
    ],
)
def test_what_a_board_cannot_be_asked_is_said_before_any_work(store, tmp_path, capsys, stated, said):
    (tmp_path / "mine.yaml").write_text(stated)
    with pytest.raises(SystemExit, match="2"):
        cli.main(["evaluate", str(tmp_path / "mine.yaml"), "--store", str(store), "--cache", str(tmp_path / "cache")])
    assert re.search(said, capsys.readouterr().err)
