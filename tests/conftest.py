"""Numba keeps what it compiles (librosa's inner loops) in files that two processes must not fill at once: they would crash from
then on. Each test process has a folder of its own, gone at its end."""

import atexit
import os
import shutil
import tempfile

_FOLDER = tempfile.mkdtemp(prefix="numba-")
os.environ["NUMBA_CACHE_DIR"] = _FOLDER  # before anything imports numba
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
