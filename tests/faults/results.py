"""The figures of a fault run, printed and kept in var/faults.json."""

import fcntl
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "var" / "faults.json"


def note(fault: str, *, lost: int, doubled: int, seconds: float, **more: Any) -> dict[str, Any]:
    """Print one result and put it in the place of an earlier one of the same fault."""
    result = {"fault": fault, "lost": lost, "doubled": doubled, "seconds": round(seconds, 2), **more}
    print(json.dumps(result))
    FILE.parent.mkdir(exist_ok=True)
    with FILE.with_suffix(".held").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = json.loads(FILE.read_text()) if FILE.exists() else []
        others = [entry for entry in known if entry["fault"] != fault]
        FILE.write_text(json.dumps(sorted([*others, result], key=lambda entry: entry["fault"]), indent=1))
    return result
