"""What the commands print: tables, progress, faults. Data never reaches rich as markup."""

from __future__ import annotations

import contextlib
import functools
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, is_dataclass
from typing import Any

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from planner.faults import InputError, printable

OK, NOT_CERTIFIED, BAD_INPUT = 0, 1, 2
PLAIN_WIDTH = 160
INTERRUPTED = threading.Event()
"""Set once work was stopped by hand: a solver's threads may still run."""


class _Steady(Console):
    """A console whose reader may hang up (``| head``): the command goes on and ends with the code it would have had."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        fall_silent()


def fall_silent() -> None:
    """Send what is still printed on stdout nowhere, as its reader has hung up."""
    with contextlib.suppress(OSError, ValueError):  # a stdout that is no file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def console(*, stderr: bool = False) -> Console:
    """A console on stdout or stderr; wide where nobody looks."""
    made = _Steady(stderr=stderr, highlight=False)
    return made if made.is_terminal else _Steady(stderr=stderr, highlight=False, width=PLAIN_WIDTH)


def say(text: str, *, stderr: bool = False) -> None:
    """Lines as they are, without what a terminal would act on."""
    console(stderr=stderr).print(Text(_harmless(text)), soft_wrap=True)


def _harmless(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def show(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """One table; numbers to the right."""
    rows = [list(r) for r in rows]
    table = Table(
        title=Text(printable(title), style="bold"), title_justify="left", box=None, pad_edge=False, header_style="dim"
    )
    for i, name in enumerate(columns):
        right = bool(rows) and all(isinstance(r[i], int | float) for r in rows)
        table.add_column(Text(printable(name)), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_harmless(cell(v))) for v in row))
    out = console()
    out.print(table)
    out.print()


def cell(value: object) -> str:
    """A value as text: thousands apart, four digits that matter, blank when unknown."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        if math.isinf(value):
            return "no limit" if value > 0 else "none"
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def money(amount: float) -> str:
    """An amount [M USD] with its unit."""
    if amount is None or not math.isfinite(amount):
        return "none"
    return f"{amount:,.1f} M USD" if abs(amount) < 1e5 else f"{amount:,.0f} M USD"


def print_json(value: object) -> None:
    """One strict JSON object on one line of stdout; what is not finite is null."""
    try:
        print(json.dumps(_plain(value), ensure_ascii=True, allow_nan=False), flush=True)
    except BrokenPipeError:
        fall_silent()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return str(value) if isinstance(value, type) else _plain(asdict(value))
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "to_dict"):
        return _plain(value.to_dict("list") if hasattr(value, "columns") else value.to_dict())
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | bool | None) else str(value)


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Bad input ends with its sentences and 2, Ctrl-C or too little memory with one and 1; none with a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except InputError as error:
            for fault in error.faults:
                say(str(fault), stderr=True)
            count = len(error.faults)
            say(f"{count} fault{'s' if count != 1 else ''} in the input; nothing was done.", stderr=True)
            if kwargs.get("as_json"):
                print_json({"status": "bad input", "faults": [str(f) for f in error.faults]})
            raise typer.Exit(BAD_INPUT) from None
        except BrokenPipeError:
            fall_silent()
            raise typer.Exit(OK) from None
        except OSError as error:
            wrong = error.strerror or error
            say(f"{error.filename or 'the file'} — {wrong} — give a place that can be read and written", stderr=True)
            if kwargs.get("as_json"):
                print_json({"status": "bad input", "faults": [str(error.strerror or error)]})
            raise typer.Exit(BAD_INPUT) from None
        except MemoryError as error:
            say(f"Not enough memory: {error or 'give the machine more, or the scenario fewer periods'}.", stderr=True)
            raise typer.Exit(NOT_CERTIFIED) from None
        except KeyboardInterrupt:
            INTERRUPTED.set()
            say("Stopped by hand; nothing was written.", stderr=True)
            raise typer.Exit(NOT_CERTIFIED) from None

    return run


class Progress:
    """Progress on stderr: one live line on a terminal, plain lines elsewhere."""

    def __init__(self, label: str) -> None:
        self.label, self.started, self.spoke = printable(label), time.monotonic(), -math.inf
        self.best, self.bound = math.nan, math.nan
        self.console = console(stderr=True)
        self.live: Status | None = None

    def __enter__(self) -> Progress:
        if self.console.is_terminal:
            self.live = self.console.status(Text(self.label))
            self.live.start()
        else:
            print(self.label, file=sys.stderr, flush=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.stop()

    def say(self, text: str) -> None:
        """Show what is being done."""
        text = printable(text)
        if self.live is not None:
            self.live.update(Text(text))
        else:
            print(text, file=sys.stderr, flush=True)

    def __call__(self, step: Any) -> None:
        """One step of an engine [G USD]."""
        now = time.monotonic()
        if step.note == "relaxation":
            step_best, step_bound = math.nan, step.bound
        else:
            step_best, step_bound = step.best, step.bound
        self.best = _extreme(min, self.best, step_best)
        self.bound = _extreme(max, self.bound, step_bound)
        if self.live is None and now - self.spoke < 1.0:
            return
        self.spoke = now
        gap = (
            (self.best - self.bound) / max(abs(self.best), 1e-9) if math.isfinite(self.best + self.bound) else math.nan
        )
        share = f"{gap:.3%}" if math.isfinite(gap) else "unknown"
        best, bound = money(self.best * 1e3), money(self.bound * 1e3)
        text = f"{self.label}: best plan {best}, bound {bound}, gap {share}, {now - self.started:.0f} s"
        self.say(f"{text} ({step.note})" if step.note else text)


def _extreme(pick: Callable[..., float], old: float, new: float) -> float:
    known = [v for v in (old, new) if math.isfinite(v)]
    return pick(known) if known else math.nan
