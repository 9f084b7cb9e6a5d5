"""Run the benchmark: `make bench`. Needs DATABASE_URL and REDIS_URL of an own stack, which it fills once."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import django

AIMS = {
    "list": (5, 400),
    "board": (15, 100),
    "issue": (5, 400),
    "search_rare": (8, 250),
    "search_common": (15, 250),
    "move": (8, 250),
    "create": (8, 250),
    "message": (10, 150),
    "presign": (5, 250),
    "api_list": (5, 400),
    "api_create": (8, 250),
}
TOKEN_CHECK_MS = 0.5


def prepare() -> None:
    """Migrate and fill an empty database with the bench data, tidied as autovacuum would have done a minute later."""
    from django.core.management import call_command  # noqa: PLC0415 (after django.setup)
    from django.db import connection  # noqa: PLC0415

    from issues.models import Issue  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    if Issue.objects.count() < 20_000:  # noqa: PLR2004
        call_command("seed", size="bench")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure(server: Any, requests: list[Any], seconds: float) -> dict[str, float]:
    """Return latency at one client, throughput at sixteen, and bytes, statements and CPU of a request."""
    from bench import client  # noqa: PLC0415

    counted = client.Request(requests[0].name, requests[0].raw.replace(b"\r\n", b"\r\nX-Count-Queries: 1\r\n", 1))
    client.ask(server.port, requests[0])
    answer = client.ask(server.port, counted)
    before = server.cpu_s()
    times = client.latency(server.port, requests, seconds)
    cpu = (server.cpu_s() - before) * 1000 / max(1, len(times) + client.WARM_UP)
    p50, p95 = client.percentiles(times)
    return {
        "p50_ms": round(p50, 2),
        "p95_ms": round(p95, 2),
        "rps": round(client.throughput(server.port, requests, 16, seconds), 1),
        "queries": int(answer.headers.get("x-queries", 0)),
        "bytes": len(answer.body),
        "cpu_ms": round(cpu, 2),
    }


def run(seconds: float) -> dict[str, Any]:
    """Measure everything on one server and return the figures."""
    from bench import api, fanout, files, pages  # noqa: PLC0415
    from bench.server import running  # noqa: PLC0415

    headers = pages.cookies(pages.member())
    secret = api.token(pages.member())
    with running() as server:
        reference = {name: measure(server, requests, seconds) for name, requests in pages.references().items()}
        found = {name: measure(server, requests, seconds) for name, requests in pages.reads(headers).items()}
        found["move"] = measure(server, pages.moves(headers), seconds)
        found["create"] = measure(server, pages.creations(headers), seconds)
        found["api_list"] = measure(server, api.lists(secret), seconds)
        found["api_create"] = measure(server, api.creations(secret), seconds)
        found["message"] = measure(server, pages.messages(headers), seconds)
        before = server.pss_mib()
        found["presign"] = measure(server, files.announcements(), seconds)
        loaded = round(server.pss_mib() - before, 1)
        found["download"] = measure(server, files.downloads(headers), seconds)
        sent = files.send_much(server, headers) | {"loaded_mib": loaded}
        web = {"pss_mib": round(server.pss_mib(), 1), "start_s": round(server.start_s, 2)}
    live = fanout.measure()
    for figures in found.values():
        figures["share"] = round(figures["rps"] / reference["page"]["rps"], 3)
    told = {"reference": reference, "pages": found, "web": web, "files": sent, "live": live}
    return told | {"token_check_ms": api.token_check_ms(secret)}


def show(result: dict[str, Any]) -> None:
    """Print the figures as a table: each page as a share of the reference page, and beside its aim."""
    from bench import fanout, files  # noqa: PLC0415 (needs configured settings)

    print(f"{'page':15}{'p50 ms':>8}{'p95 ms':>8}{'req/s':>8}{'share':>7}{'SQL':>5}{'KB':>8}{'CPU ms':>8}  aim")
    rows = {f"({name})": figures for name, figures in result["reference"].items()} | result["pages"]
    for name, row in rows.items():
        aim = AIMS.get(name)
        verdict = ""
        if aim:
            met = row["p50_ms"] <= aim[0] and row["rps"] >= aim[1]
            verdict = f"≤ {aim[0]} ms, ≥ {aim[1]}/s: {'met' if met else 'missed'}"
        print(
            f"{name:15}{row['p50_ms']:8.2f}{row['p95_ms']:8.2f}{row['rps']:8.0f}{row.get('share', 1):7.2f}"
            f"{row['queries']:5}{row['bytes'] / 1000:8.1f}{row['cpu_ms']:8.2f}  {verdict}"
        )
    web = result["web"]
    print(f"web: {web['pss_mib']} MiB after load (aim ≤ 150), first answer after {web['start_s']} s")
    check = result["token_check_ms"]
    met = "met" if check <= TOKEN_CHECK_MS else "missed"
    print(f"token check: {check} ms in process; aim ≤ {TOKEN_CHECK_MS} ms: {met}")
    sent = result["files"]
    print(
        f"files: {sent['mib']:.0f} MiB in {files.FILES} files after {sent['seconds']} s; the web server grew by"
        f" {sent['grown_mib']} MiB (aim ≤ 20), and before by {sent['loaded_mib']} MiB with the first signatures"
    )
    fanout.show(result["live"])


def main() -> int:
    """Parse the arguments, run, print and write var/bench.json."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each page is measured, twice")
    parser.add_argument("--out", type=Path, default=Path("var/bench.json"))
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT_MS", "0")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ.setdefault("RATE_LIMIT_FACTOR", "1000000")
    django.setup()
    prepare()
    os.environ.pop("DATABASE_STATEMENT_TIMEOUT_MS")
    result = run(options.seconds)
    show(result)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
