"""Kill the writing of a bundle before each of its file operations in turn; run as a process of its own.

    python every_step.py NEW OLD WORK

NEW and OLD are whole bundles, OLD may be '-' for none. The files of NEW take the place of what a plan would write. One
JSON object a line: step, what stands at the target (old, new, none or broken), what the next write leaves there.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

from planner import bundle

WATCHED = {"open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "shutil.copyfile", "os.listdir"}


def write(new, out, kill_before):
    """Write a bundle in a child that dies before the given file operation (0: never); whether it died."""
    child = os.fork()
    if child == 0:
        bundle._fill = lambda _plan, folder: shutil.copytree(new, folder, dirs_exist_ok=True)
        plan = SimpleNamespace(tables=SimpleNamespace(scenario=SimpleNamespace(folder=Path(new) / "inputs")))
        count = 0

        def before(event, arguments):
            nonlocal count
            if event in WATCHED and any(
                isinstance(a, str | os.PathLike) and str(out.parent) in str(a) for a in arguments
            ):
                count += 1
                if count == kill_before:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(before)
        bundle.write_bundle(plan, out)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def content(folder):
    """Every file of a folder with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def standing(out, new, old):
    """Which bundle stands at a place."""
    if not out.exists():
        return "none"
    here = content(out)
    return "new" if here == new else "old" if here == old else "broken"


def main():
    """Every step, until one write runs to its end."""
    new, old, work = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    whole, before = content(new), None if old == "-" else content(Path(old))
    step, died = 0, True
    while died:
        step += 1
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        out = work / "bundle"
        if before is not None:
            shutil.copytree(old, out)
        died = write(new, out, step)
        after = standing(out, whole, before)
        write(new, out, 0)
        left = sorted(p.name for p in work.iterdir() if p != out)
        print(
            json.dumps(
                {"step": step, "died": died, "after": after, "next": standing(out, whole, before), "left": left}
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
