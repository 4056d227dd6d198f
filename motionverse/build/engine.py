"""Who computes the chunks: processes of this machine, or Ray. An engine knows nothing of motion.

An engine is called with the work, the chunks and the number of workers, and yields each chunk once its part is written, in
any order. A worker that dies, as when the system runs out of memory, ends the build with the names of the clips it was at.
"""

from collections.abc import Callable, Iterator, Sequence

from motionverse.build.on_ray import on_ray
from motionverse.build.plan import Chunk, Work
from motionverse.build.processes import on_processes
from motionverse.errors import MotionError

Engine = Callable[[Work, Sequence[Chunk], int], Iterator[Chunk]]
ENGINES: dict[str, Engine] = {"local": on_processes, "ray": on_ray}


def engine(name: str) -> Engine:
    """The engine of that name. Raises MotionError that lists the names there are."""
    if name not in ENGINES:
        raise MotionError(f"engine {name!r} is unknown; there are {', '.join(ENGINES)}")
    return ENGINES[name]
