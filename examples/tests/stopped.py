"""Runs `rotate-api-key` and ends the process before or after one of its calls, as a power failure would.

    python stopped.py PLACE WHEN ORDER ARGUMENTS…

PLACE is the number of the call, or -1 to run to the end. Prints the calls on standard error. ORDER is `right`, or
`wrong` for the control: a script that uses the new secret before it stores it.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

SCRIPT = Path(__file__).parents[1] / "rotate-api-key"
STOPPED = 99


def load() -> ModuleType:
    """Loads the script without running it."""
    loader = importlib.machinery.SourceFileLoader("rotate_api_key", str(SCRIPT))
    spec = importlib.util.spec_from_loader("rotate_api_key", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class Calls:
    """Counts calls, and ends the process at one of them."""

    def __init__(self, place: int, when: str) -> None:
        self.place, self.when, self.count = place, when, 0

    def watch(self, owner: Any, name: str, show: Callable[..., str]) -> None:
        """Counts the calls of a function."""
        original = getattr(owner, name)

        def call(*arguments: Any, **options: Any) -> Any:
            place, self.count = self.count, self.count + 1
            print(f"call {place}: {show(*arguments)}", file=sys.stderr, flush=True)
            self.stop(place, "before")
            try:
                return original(*arguments, **options)
            finally:
                self.stop(place, "after")

        setattr(owner, name, call)

    def stop(self, place: int, when: str) -> None:
        if (place, when) == (self.place, self.when):
            os._exit(STOPPED)


def main() -> int:
    """Runs the script with the rest of the arguments."""
    module = load()
    place, when, order = sys.argv[1:4]
    if order == "wrong":
        call_again = module.call_again

        def use_at_once(wait: float, url: str, key: str, action: str = "", body: Any = None) -> Any:
            answer = call_again(wait, url, key, action, body)
            if action:
                call_again(wait, url, answer["key"])
            return answer

        module.call_again = use_at_once  # type: ignore[attr-defined]
    calls = Calls(int(place), when)
    calls.watch(os, "fsync", lambda *_: "fsync")
    calls.watch(os, "replace", lambda source, target: f"replace {Path(source).name} {Path(target).name}")
    calls.watch(os, "unlink", lambda path, *_: f"unlink {Path(path).name}")
    calls.watch(os, "open", lambda path, *_: "open folder" if Path(path).is_dir() else f"open {Path(path).name}")
    calls.watch(
        urllib.request.OpenerDirector, "open", lambda _, request, *__: f"{request.get_method()} {request.selector}"
    )
    sys.argv = [str(SCRIPT), *sys.argv[4:]]
    return int(module.main())


if __name__ == "__main__":
    sys.exit(main())
