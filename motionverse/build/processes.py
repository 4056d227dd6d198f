"""Chunks on processes of this machine."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from multiprocessing import connection
from typing import Any

from motionverse.build.plan import Chunk, Work
from motionverse.errors import MotionError


def on_processes(work: Work, chunks: Sequence[Chunk], workers: int) -> Iterator[Chunk]:
    """In this process with one worker, else in that many processes of this machine."""
    if workers == 1 or len(chunks) < 2:
        for chunk in chunks:
            work(chunk)
            yield chunk
        return
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    with contextlib.ExitStack() as stack:
        crew = [stack.enter_context(_Worker(context, work)) for _ in range(min(workers, len(chunks)))]
        todo = iter(chunks)
        for worker in crew:
            worker.give(next(todo))
        while busy := {worker.pipe: worker for worker in crew if worker.chunk is not None}:
            for pipe in connection.wait(list(busy)):  # the end of a pipe, where its worker died, wakes it too
                worker = busy[pipe]  # type: ignore[index]
                yield worker.take()
                worker.give(next(todo, None))


class _Worker:
    """A process that computes one chunk at a time, and ends with the process that started it, however that ends."""

    def __init__(self, context: Any, work: Work) -> None:
        self.chunk: Chunk | None = None
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        self.process.start()
        theirs.close()  # so that the worker holds the only end, and its death is seen here

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        if self.chunk is None:
            self._send(None)  # closing the pipe would not do: workers that were started later hold a copy of its end
        else:
            self.process.terminate()
        self.process.join()
        self.pipe.close()

    def give(self, chunk: Chunk | None) -> None:
        """Send it to work on a chunk; None: there is no more."""
        self.chunk = chunk
        if chunk is not None:
            self._send(chunk)

    def _send(self, chunk: Chunk | None) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died idle: `take` will say so
            self.pipe.send(chunk)

    def take(self) -> Chunk:
        """The chunk it has done. Raises what the work raised, as a MotionError; MotionError where the worker died."""
        chunk = self.chunk
        assert chunk is not None
        try:
            problem = self.pipe.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            raise chunk.lost(how_it_ended(self.process.exitcode)) from None
        if problem:
            raise MotionError(problem)
        self.chunk = None
        return chunk


def how_it_ended(code: int | None) -> str:
    """A process's exit code in words."""
    return f"signal {signal.Signals(-code).name}" if code and code < 0 else f"exit code {code}"


def _serve(pipe: Any, work: Work) -> None:
    """A worker's life: chunks in, "" or a problem out, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started us
    threading.Thread(target=end_with_parent, daemon=True).start()
    while (chunk := pipe.recv()) is not None:
        try:
            work(chunk)
            problem = ""
        except Exception as error:
            problem = str(error) if isinstance(error, MotionError) else f"{type(error).__name__}: {error}"
        pipe.send(problem)


def end_with_parent() -> None:
    """Wait for the process that started this one, and end with it: for a thread of a worker."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
