"""Mistyped commands and options, in both command lines: one line that says what was probably meant."""

import pytest

import lmm.cli
from motionverse import cli


def refused(capsys, main, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    assert stop.value.code == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["rendre", "walk.bvh", "walk.mp4"], "did you mean render?"),
        (["render", "walk.bvh", "walk.mp4", "--titel", "x"], "did you mean --title?"),
        (["convert", "walk.bvh", "walk.npz", "--whole-bdy"], "did you mean --whole-body?"),
        (["features", "store", "-o", "cache", "--kind", "textt"], "did you mean text?"),
    ],
)
def test_motionverse_says_what_was_meant(capsys, arguments, meant):
    assert meant in refused(capsys, cli.main, *arguments)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["generat", "a person walks", "-o", "x.bvh"], "did you mean generate?"),
        (["generate", "a person walks", "-o", "x.bvh", "--second=3"], "did you mean --seconds?"),
        (["evaluate", "promts"], "did you mean prompts?"),
    ],
)
def test_lmm_says_what_was_meant(capsys, arguments, meant):
    assert meant in refused(capsys, lmm.cli.main, *arguments)


def test_what_is_near_nothing_gets_no_guess(capsys):
    told = refused(capsys, cli.main, "render", "walk.bvh", "walk.mp4", "--quux", "1")
    assert "unrecognized arguments: --quux 1" in told and "did you mean" not in told
    assert told.startswith("motionverse render: ") and "see motionverse render --help" in told
    told = refused(capsys, cli.main, "zzz")
    assert "choose from" in told and "did you mean" not in told
