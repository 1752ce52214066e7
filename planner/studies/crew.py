"""Who answers the points of a sweep: this process, or several that each keep what they read and compiled."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from planner.scenario import Scenario
from planner.studies.ledger import unpacked
from planner.studies.points import Answer, Asked, Points
from planner.tables import Tables, read_tables


@dataclass(frozen=True)
class Task:
    """A point to be answered: its number, its changes, what its neighbours hand on, as the ledger packed it."""

    point: int
    sets: tuple[str, ...]
    starts: tuple[dict[str, Any], ...]


Ready = Callable[[], Task | None]
Finish = Callable[[Task, Answer], None]


def alone(base: Tables, asked: Asked, ready: Ready, finish: Finish) -> None:
    """Answer every point in this process. At Ctrl-C the point at hand is dropped and KeyboardInterrupt goes on."""
    points = Points(base, asked)
    with _stops() as stopped:
        while (task := ready()) is not None:
            answer = points.answer(task.sets, _starts(task))
            if stopped.is_set():  # an engine that was stopped hands over what it has: not what was asked for
                raise KeyboardInterrupt
            finish(task, answer)


@contextlib.contextmanager
def _stops() -> Iterator[threading.Event]:
    """Whether Ctrl-C came, even if somebody further down ended with the best plan so far."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: Any) -> None:
        stopped.set()
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def together(scenario: Scenario, asked: Asked, workers: int, count: int, ready: Ready, finish: Finish) -> None:
    """Answer `count` points in `workers` processes. One that dies leaves a row that says so, and is replaced.

    ready() may have nothing to do while others are at work. KeyboardInterrupt ends all of them.
    """
    crew = [_Worker(scenario, asked) for _ in range(min(workers, count))]
    idle, busy = list(crew), {}
    try:
        while count:
            while idle and (task := ready()) is not None:
                worker = idle.pop()
                worker.pipe.send(task)
                busy[worker.pipe] = worker, task
            for pipe in wait(list(busy)):
                worker, task = busy.pop(pipe)
                try:
                    answer = worker.pipe.recv()
                except (EOFError, OSError):
                    worker.process.join()
                    answer = _lost(worker.process.exitcode)
                    crew.remove(worker)
                    worker = _Worker(scenario, asked)
                    crew.append(worker)
                idle.append(worker)
                finish(task, answer)
                count -= 1
    finally:
        for worker in crew:
            worker.process.terminate()
        for worker in crew:
            worker.process.join()


class _Worker:
    """A process and this end of its pipe."""

    def __init__(self, scenario: Scenario, asked: Asked) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, scenario, asked), daemon=True)
        self.process.start()
        theirs.close()


def _work(pipe: Connection, scenario: Scenario, asked: Asked) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started it ends it
    points = Points(read_tables(scenario), asked)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(points.answer(task.sets, _starts(task)))


def _starts(task: Task) -> list[Any]:
    return [unpacked(s) for s in task.starts]


def _lost(code: int | None) -> Answer:
    words = f"the process that answered it ended by itself (code {code}): too little memory, or stopped from outside"
    return Answer({"status": "failed", "words": words, "certified": False, "warm": False}, [], [], None)
