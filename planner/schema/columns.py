"""What a column and a table of the schema are, and short ways to write them."""

from __future__ import annotations

from dataclasses import dataclass, field

INF = float("inf")


@dataclass(frozen=True)
class Column:
    """One column of an input table.

    kind: ``key`` (the row's name), ``number``, ``flag`` (yes/no), ``text``, ``ref`` (a key of `table`),
    ``refs`` (several, separated by ';', or '*'), ``choice``. A number with ``default=None`` must be given; one with
    ``blank=True`` may be empty, meaning *no limit* (stored as infinity) - no limit, no row.
    """

    name: str
    kind: str
    meaning: str
    unit: str = ""
    default: float | str | bool | None = None
    low: float = 0.0
    high: float = INF
    table: str = ""
    choices: tuple[str, ...] = ()
    by_year: bool = False
    blank: bool = False
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One input file ``<name>.csv``."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    optional: bool = False
    index: dict[str, Column] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self.index.update({c.name: c for c in self.columns})

    @property
    def key(self) -> str:
        """Name of the key column."""
        return self.columns[0].name

    @property
    def numbers(self) -> tuple[Column, ...]:
        """The numeric columns."""
        return tuple(c for c in self.columns if c.kind == "number")


def key(name: str, meaning: str) -> Column:
    """The column that names the rows."""
    return Column(name, "key", meaning, required=True)


def ref(name: str, table: str, meaning: str, *, required: bool = True) -> Column:
    """A column that names a row of another table."""
    return Column(name, "ref", meaning, table=table, required=required, default=None if required else "")


def refs(name: str, table: str, meaning: str, default: str = "*") -> Column:
    """A column that names several rows of another table, separated by ';' ('*': all)."""
    return Column(name, "refs", meaning, table=table, default=default)


def num(
    name: str,
    unit: str,
    meaning: str,
    default: float | None = None,
    low: float = 0.0,
    high: float = INF,
    *,
    by_year: bool = False,
    blank: bool = False,
) -> Column:
    """A column of numbers in `unit`, within [low, high]; without default it must be given, unless blank is no limit."""
    required = default is None and not blank
    return Column(name, "number", meaning, unit, INF if blank else default, low, high, "", (), by_year, blank, required)


def flag(name: str, meaning: str, *, default: bool = False) -> Column:
    """A column of yes or no."""
    return Column(name, "flag", meaning, default=default)


def text(name: str, meaning: str) -> Column:
    """A column of free text."""
    return Column(name, "text", meaning, default="")


def choice(name: str, choices: str, meaning: str, default: str | None = None) -> Column:
    """A column with one of a few words."""
    return Column(name, "choice", meaning, choices=tuple(choices.split()), default=default, required=default is None)
