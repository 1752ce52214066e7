"""`docs/robustness.md`, printed from the counts in `benchmarks/results/fuzz.json` and `benchmarks/results/kill.json`.

Run: python benchmarks/robustness.py
"""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "robustness.md"
INTRODUCTION = """\
# Bad input, hostile input, faults

Printed by `python benchmarks/robustness.py` from `fuzz.json` and `kill.json` in `benchmarks/results`; do not edit.

## What holds

| whatever comes | what happens |
|---|---|
"""
RULES = (
    (
        "a scenario that is wrong",
        "all faults at once, each `file:row column — what is wrong — what to write instead`; exit code 2",
    ),
    (
        "more than 500 faults",
        "the first ones, and that there are more",
    ),
    (
        "a file above 64 MB, a table above 50,000 rows, a program above 1e8 numbers",
        "refused before it is made",
    ),
    (
        "a link in a scenario that leads out of its folder",
        "refused, for a bundle keeps every file and would carry away what the link leads to; links inside the"
        " folder, and to the folder, are read",
    ),
    (
        "a bundle that was changed",
        "`verify` says where, exit code 1; `report` shows it with a warning or refuses it, exit code 2",
    ),
    (
        "a bundle with links, strange files, names that lead out",
        "refused by name; hard links are plain files",
    ),
    (
        "`--out` at the root, your home, the folder you are in or above it, a file, a link, a folder that "
        "holds anything but a bundle, the folder of the scenario or of the datasets, a name that cannot be "
        "shown on one line, a place that cannot be written",
        "refused before anything is solved",
    ),
    (
        "a name that would like to be HTML, a script, a template or a formula",
        "text, in the report and on the terminal; titles with control characters, text direction marks or "
        "more than 200 characters are refused",
    ),
    (
        "an escape sequence in any file",
        "shown as `?`",
    ),
    (
        "`kill -9` while it solves or writes",
        "the old bundle, the new one, or none; a hidden `.NAME.*.part` beside it is removed by the next solve",
    ),
    (
        "Ctrl-C",
        "a sentence, exit code 1, or the plan without its replay",
    ),
    (
        "a full disk, a folder that cannot be written",
        "a sentence, exit code 2; what was there stays",
    ),
    (
        "a reader that hangs up (`planner check world \\| head -1`)",
        "nothing is said, the exit code is what it would have been",
    ),
)
AFTER = """
Between the old bundle and the new one lies one moment at which none stands; the old one is then in the hidden folder.
"""


def write_page() -> None:
    """Write the page from the counts that exist."""
    text = INTRODUCTION + "".join(f"| {came} | {happens} |\n" for came, happens in RULES) + AFTER
    for name, words in (("fuzz.json", fuzz_words), ("kill.json", kill_words)):
        path = HERE / "results" / name
        if path.is_file():
            text += words(json.loads(path.read_text()))
    PAGE.write_text(text, encoding="utf-8")


DONE = {
    "scenarios": "Each is read, checked and, where it is accepted, assembled: {accepted} gave a program. {planned} "
    "were also planned, written and verified, {commands} also handed to `planner check` as a command.",
    "changes": "Values and paths of `--set`, names of `--override`; what is accepted is assembled.",
    "bundles": "Each is judged with its hashes, without them, and handed to `planner report`; what was asked for "
    "less what is counted are mutations that found nothing to change.",
}


def fuzz_words(found: dict) -> str:
    """What came out of mutated input."""
    text = "\n## Mutated input\n"
    for name, did in DONE.items():
        text += campaign_words(name, did, found[name]) if name in found else ""
    return text


def campaign_words(name: str, did: str, found: dict) -> str:
    """The counts of one campaign."""
    counts = f"{found['inputs']:,} {name} of {found['asked']:,} asked for, seed {found['seed']}, on {place(found)}."
    short = (
        " The run was stopped by its time limit." if name == "scenarios" and found["inputs"] < found["asked"] else ""
    )
    accepted = sum(n for end, n in found["ends"].items() if end != "refused")
    lines = [
        f"\n### {name.capitalize()}\n",
        counts + short,
        did.format(accepted=f"{accepted:,}", planned=found["planned"], commands=found["commands"]),
        "Tracebacks, warnings, half-written files, sentences that name no file, programs that are not finite, neutral "
        f"changes that changed the program: **{len(found['bad'])}**.",
    ]
    if "slowest" in found:
        lines.append(f"The slowest took {found['slowest_seconds']} s of processor time ({found['slowest']}).")
    lines.append(f"The process held at most {found['peak_memory_GB']} GB.\n")
    lines += [f"- {b}" for b in found["bad"]]
    ends = sorted({e for counts in found["kinds"].values() for e in counts})
    lines += [f"| mutation | {' | '.join(ends)} |", "|---" * (len(ends) + 1) + "|"]
    lines += [f"| {k} | " + " | ".join(str(c.get(e, "")) for e in ends) + " |" for k, c in found["kinds"].items()]
    return "\n".join(lines) + "\n"


def kill_words(found: dict) -> str:
    """What stood where a solve was killed."""
    lines = [
        "\n## Killed solves\n",
        f"`python benchmarks/kill.py --kills {found['kills']} --seed {found['seed']}` on {place(found)}: a solve of "
        f"{found['solve_seconds']} s, of which it writes for {found['writing_seconds']} s; every second kill falls "
        f"while it writes. {found['ended_before_the_kill']} solves ended before they were killed.\n",
        "| kill | count |\n|---|---|",
        *(f"| {end} | {count} |" for end, count in found["ends"].items()),
        f"| bundles that do not verify, or a next solve that fails or leaves something behind "
        f"(of {found['whole_solves_after']}) | {len(found['bad'])} |",
        "\nThe tests also kill the writing before each of its file operations in turn (`tests/hostile/every_step.py`).",
    ]
    return "\n".join([*lines, *(f"- {b}" for b in found["bad"])]) + "\n"


def place(found: dict) -> str:
    """Machine and date."""
    m = found["machine"]
    return f"{m['processor']}, {m['cores']} cores (shared with other work), {m['date']}"


if __name__ == "__main__":
    write_page()
