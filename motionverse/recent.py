"""What was computed last, kept up to a number of bytes."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any


class Recent:
    """Values by key, `limit` bytes of them at most (one at least); the longest unused goes first."""

    def __init__(self, limit: int) -> None:
        self.limit, self.used = limit, 0
        self._held: OrderedDict[Any, tuple[Any, int]] = OrderedDict()

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        """The value of a key: held, or made now. A value has `nbytes`, or is a tuple of such."""
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key][0]
        value = make()
        size = value.nbytes if hasattr(value, "nbytes") else sum(part.nbytes for part in value)
        self._held[key] = value, size
        self.used += size
        while self.used > self.limit and len(self._held) > 1:
            self.used -= self._held.popitem(last=False)[1][1]
        return value

    def __getstate__(self) -> dict[str, Any]:
        return {"limit": self.limit, "used": 0, "_held": OrderedDict()}  # another process fills its own
