"""Ctrl-C at early moments of both commands: one line and exit code 130, whatever was being imported."""

import subprocess
import sys

import pytest

# a real SIGINT at the moment at which a module is first asked for
STOPPED = """
import os, runpy, signal, sys
command, moment, *rest = sys.argv[1:]

class Moment:
    def find_spec(self, name, *_):
        if name == moment:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background has it ignored
sys.meta_path.insert(0, Moment())
sys.argv = [command, *rest]
runpy.run_module(command, run_name="__main__", alter_sys=True)
"""
CONVERT = ("motionverse", "convert", "absent.bvh", "out.bvh")
GENERATE = ("lmm", "generate", "a person walks", "-o", "out.bvh")


@pytest.mark.parametrize(
    ("arguments", "moment"),
    [
        *((CONVERT, name) for name in ("motionverse.cli", "argparse", "motionverse.cli.look", "motionverse.formats", "numpy")),
        *((GENERATE, name) for name in ("lmm.cli", "argparse", "lmm.request", "lmm.generate")),
    ],
)  # fmt: skip
def test_an_early_interrupt_is_one_line(arguments, moment):
    command, *rest = arguments
    asked = [sys.executable, "-c", STOPPED, command, moment, *rest]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", f"{command}: interrupted\n")
