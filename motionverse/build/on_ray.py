"""Chunks on Ray: cores of this machine, or of the cluster that RAY_ADDRESS names. The only place that knows Ray.

On a cluster the data and the store's folder must lie at the same paths on every machine (a shared file system), and every
machine must have the same version of this package: workers read files and write parts, only their names travel.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from typing import Any

from motionverse.build.plan import Chunk, Work
from motionverse.errors import MotionError

AHEAD = 2  # chunks handed out for each worker, so that none waits for this process


def on_ray(work: Work, chunks: Sequence[Chunk], workers: int) -> Iterator[Chunk]:
    """The engine on Ray. workers: cores of this machine, or chunks in work at one time on a cluster.

    Raises MotionError where Ray is not installed or no cluster answers, and as the local engine does.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would report its use to its makers
    try:
        import ray
        from ray import exceptions
    except ImportError as error:
        raise MotionError(
            "the engine ray needs Ray: pip install 'large-motion-model[ray]', or use --engine local"
        ) from error
    started = not ray.is_initialized()
    if started:
        _start(ray, workers)
    try:
        task = ray.remote(num_cpus=1, max_retries=0)(_do)
        todo, running = iter(chunks), {}
        for chunk in (chunk for _, chunk in zip(range(AHEAD * workers), todo, strict=False)):
            running[task.remote(work, chunk)] = chunk
        while running:
            done = ray.wait(list(running))[0][0]
            chunk = running.pop(done)
            _settle(ray, exceptions, done, chunk)
            yield chunk
            if (more := next(todo, None)) is not None:
                running[task.remote(work, more)] = more
    finally:
        if started:
            ray.shutdown()


def _do(work: Work, chunk: Chunk) -> None:
    work(chunk)


def _start(ray: Any, workers: int) -> None:
    """Connect to the cluster that RAY_ADDRESS names, or start one here, without its dashboard and its chatter."""
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if os.environ.get("RAY_ADDRESS"):
            ray.init(**quiet)
        else:
            ray.init(address="local", num_cpus=workers, include_dashboard=False, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise MotionError(f"Ray did not start ({said}); check RAY_ADDRESS, or use --engine local") from error


def _settle(ray: Any, exceptions: Any, done: Any, chunk: Chunk) -> None:
    """Raise what a task raised, as a MotionError."""
    try:
        ray.get(done)
    except exceptions.RayTaskError as error:
        cause = error.cause
        raise MotionError(
            str(cause) if isinstance(cause, MotionError) else f"{type(cause).__name__}: {cause}"
        ) from None
    except exceptions.RayError as error:  # its process or its machine is gone
        raise chunk.lost(type(error).__name__) from None
