"""How much of a server's throughput completion takes, whether its memory grows with the rows, and what a second run
over finished rows costs.

    .venv/bin/python benchmarks/complete_throughput.py [--rows N] [--memory-rows N] [--second-run-rows N]
        [--profile] [--json]

Throughput: a server in a process of its own answers every request after 200 ms. Three clients ask it for the same
number of rows over the same number of lanes, in turn, twice: a bare load generator (raw asyncio sockets, one prompt
over and over); the client alone (the same prompt, answers dropped); and the whole back end (prompts made, redacted,
asked, answers checked, grounded and written to the store on the disk, one by one). Its rate is given for all rows, and
without the first 1,000, in which the process that helps is started and every ad is read for the first time. Memory: a
fresh process completes 100,000 people, made up as they are read, from a server that answers at once; peak resident
memory is read after 1,000 rows and at the end. Second run: `lgir complete` in fresh processes over a dataset whose rows
are all finished, four for each person: the whole résumé, and three without a part of the jobs.
"""

import argparse
import asyncio
import cProfile
import json
import pstats
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lgir.complete.cached import CachedCompleter
from lgir.complete.config import CompleteConfig
from lgir.complete.factory import LANGUAGE_MODELS, build_cached_completer, build_completer
from lgir.complete.llm.completer import LlmCompleter
from lgir.complete.openai.config import OpenAIConfig
from lgir.core.records import Answer, Completion, EngagedJob, Origin, Prompt, Provenance, Query, Statement
from lgir.store.completions import CompletionStore
from lgir.study.memory import peak_mib
from lgir.testing.slow_server import slow_server

DELAY_S = 0.2
WARM_ROWS = 1000
N_JOBS = 2000
TITLES = ("Cook", "Server", "Forklift driver", "Nurse", "Java developer", "Accountant", "Teacher", "Store manager")
PHRASES = (
    "five years of experience in a busy kitchen",
    "works night shifts and weekends",
    "handles cash and keeps the books",
    "speaks English and Spanish",
    "knows SQL, Linux and Excel",
    "licence to drive a forklift",
    "plans lessons for children",
    "first aid certificate",
    "manages a team of eight",
    "delivers orders on time",
    "keeps stock of a warehouse",
    "serves guests at the bar",
)


@cache
def job(number: int) -> EngagedJob:
    """A made-up ad of about 500 characters; the same for a number. It is kept, as a dataset keeps its ads."""
    rng = random.Random(f"job {number}")
    lines = [f"{rng.choice(TITLES)} {number}", *(f"- {phrase}" for phrase in rng.sample(PHRASES, 8))]
    return EngagedJob(f"job{number}", "\n".join([*lines, "Newark, New Jersey. Full time, 20 dollars an hour."]))


def people(n: int) -> Iterator[Query]:
    """Different people with a résumé of about 300 characters and five ads of a catalogue, made as they are read."""
    for number in range(n):
        rng = random.Random(f"person {number}")
        yield Query(resume(number, rng), tuple(map(job, rng.sample(range(N_JOBS), 5))), f"user{number}")


def resume(number: int, rng: random.Random) -> str:
    """A made-up résumé of about 300 characters."""
    return f"{rng.choice(TITLES)}, person {number}.\n" + ".\n".join(rng.sample(PHRASES, 6))


def config_for(base_url: str, lanes: int) -> CompleteConfig:
    """The back end as it comes, but for where it asks and how often at once."""
    return CompleteConfig(backend="openai", openai=OpenAIConfig(base_url=base_url, model="m", concurrency=lanes))


async def _lane(host: str, port: int, request: bytes, turns: Iterator[int]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    for _ in turns:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]))
    writer.close()


def one_prompt(base_url: str) -> Prompt:
    """What the back end asks for the first person."""
    completer = build_completer(config_for(base_url, 1))
    assert isinstance(completer, LlmCompleter)
    prompt = completer.prompt(next(people(1)))
    assert prompt is not None
    return prompt


def bare(base_url: str, rows: int, lanes: int) -> float:
    """Rows per second of a load generator that does nothing but ask."""
    prompt = one_prompt(base_url)
    messages = [{"role": "system", "content": prompt.instructions}, {"role": "user", "content": prompt.sources}]
    body = json.dumps({"model": "m", "messages": messages, "max_tokens": 1024}).encode()
    address = urlsplit(base_url)
    head = f"POST {address.path}/chat/completions HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(body)}"
    request, turns = head.encode() + b"\r\n\r\n" + body, iter(range(rows))

    async def main() -> None:
        host, port = address.hostname or "", address.port or 0
        await asyncio.gather(*(_lane(host, port, request, turns) for _ in range(lanes)))

    began = time.perf_counter()
    asyncio.run(main())
    return rows / (time.perf_counter() - began)


class Clock:
    """Rows per second, and milliseconds of processor time per row in all and in this thread."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time(), time.thread_time()

    def read(self, rows: int) -> dict[str, float]:
        """Since it was made."""
        now = time.perf_counter(), time.process_time(), time.thread_time()
        seconds, process, thread = (end - began for end, began in zip(now, self._began, strict=True))
        return {
            "rows_per_s": rows / seconds,
            "processor_ms": 1000 * process / rows,
            "caller_processor_ms": 1000 * thread / rows,
        }


def client(base_url: str, rows: int, lanes: int) -> dict[str, float]:
    """The way to the server alone."""
    config = config_for(base_url, lanes)
    prompt, model = one_prompt(base_url), LANGUAGE_MODELS["openai"](config, None)
    clock = Clock()
    done = sum(isinstance(answer, Answer) for _, answer in model.answers(repeat(prompt, rows)))
    assert done == rows, f"{rows - done} rows failed"
    return clock.read(rows)


def whole(base_url: str, rows: int, lanes: int, file: Path) -> dict[str, float]:
    """The back end, every result written to the store before the next row is asked for."""
    with CompletionStore(file) as store:
        completer = build_cached_completer(config_for(base_url, lanes), store, helper=True)
        clock = warm = Clock()
        done = 0
        for _, result in completer.complete_ready(people(rows)):
            done += isinstance(result, Completion)
            warm = Clock() if done == WARM_ROWS else warm
        assert done == len(store) == rows, f"{rows - done} rows failed"
        later = {f"{name}_warm": value for name, value in warm.read(rows - WARM_ROWS).items()}
        return {**clock.read(rows), **(later if rows > WARM_ROWS else {})}


def throughput(rows: int, lanes: int, folder: Path) -> dict[str, Any]:
    """All three in turn, twice."""
    told: dict[str, Any] = {"rows": rows, "lanes": lanes, "delay_s": DELAY_S, "ceiling_rows_per_s": lanes / DELAY_S}
    bares, clients, wholes = [], [], []
    with slow_server(DELAY_S) as base_url:
        for turn in (1, 2):
            bares.append(bare(base_url, rows, lanes))
            clients.append(client(base_url, rows, lanes))
            wholes.append(whole(base_url, rows, lanes, folder / f"{turn}.db"))
    for name, found in (("client", clients), ("whole", wholes)):
        shares = {
            f"share_of_bare{when}": statistics.mean(one[f"rows_per_s{when}"] for one in found) / statistics.mean(bares)
            for when in ("", "_warm")
            if f"rows_per_s{when}" in found[0]
        }
        told[name] = {**shares, "runs": found}
    return {**told, "bare_rows_per_s": bares}


def memory_of_this_process(base_url: str, rows: int, folder: Path) -> dict[str, float]:
    """Peak memory after the first rows and after all of them."""
    peak, began = 0.0, time.perf_counter()
    with CompletionStore(folder / "memory.db") as store:
        completer = build_cached_completer(config_for(base_url, 64), store, helper=True)
        for number, (_, result) in enumerate(completer.complete_ready(people(rows)), start=1):
            assert isinstance(result, Completion), result
            if number == WARM_ROWS:
                peak = peak_mib()
    return {
        "rows": rows,
        "rows_per_s": rows / (time.perf_counter() - began),
        f"peak_mib_after_{WARM_ROWS}": peak,
        "peak_mib": peak_mib(),
        "growth_mib": peak_mib() - peak,
    }


def memory(rows: int, folder: Path) -> dict[str, float]:
    """The same in a process of its own."""
    with slow_server(0.0) as base_url:
        command = [sys.executable, __file__, "--memory-of", base_url, str(rows), str(folder)]
        return dict(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))


class Instant:
    """Completes at once what another completer would."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint

    def complete(self, queries: Iterable[Query], /) -> Iterator[Completion]:
        """The same for everybody."""
        text = "Cook with five years of experience"
        for query in queries:
            shown = tuple(job.job_id for job in query.jobs)
            made = Provenance("openai", "m", None, {}, shown, tokens_in=100, tokens_out=12, seconds=DELAY_S)
            yield Completion(text, (Statement(text, Origin.INFERRED),), made)


def second_run(rows: int, folder: Path) -> dict[str, Any]:
    """Seconds that `lgir complete` takes where every row is finished, of the clock and of the processor."""
    # not above: the process that helps reads this file too
    import polars as pl

    from lgir.completion import complete_with
    from lgir.core.run import Silent
    from lgir.pipeline.config import ExperimentConfig

    data, file, n = folder / "data", folder / "config.toml", rows // 4
    data.mkdir()
    rng = random.Random("engaged")
    pairs = [(f"user{number}", job(place).job_id) for number in range(n) for place in rng.sample(range(N_JOBS), 9)]
    tables: dict[str, dict[str, list[str]]] = {
        "users": {
            "user_id": [f"user{number}" for number in range(n)],
            "resume": [resume(number, random.Random(f"person {number}")) for number in range(n)],
        },
        "jobs": {
            "job_id": [job(number).job_id for number in range(N_JOBS)],
            "text": [job(number).text for number in range(N_JOBS)],
        },
        "interactions": {"user_id": [user for user, _ in pairs], "job_id": [place for _, place in pairs]},
    }
    for name, table in tables.items():
        pl.DataFrame(table).write_parquet(data / f"{name}.parquet")
    nobody = "http://127.0.0.1:9/v1"
    complete = config_for(nobody, 64)
    file.write_text(f'[complete]\nbackend = "openai"\n[complete.openai]\nbase_url = "{nobody}"\nmodel = "m"\n')
    inner = Instant(build_completer(complete).fingerprint)
    first = complete_with(
        data, ExperimentConfig(complete=complete), Silent(), lambda store: CachedCompleter(inner, store)
    )
    seconds, processor = [], []
    run = "import sys; from lgir.cli.app import main; sys.exit(main())"
    command = [sys.executable, "-c", run, "complete", str(data), "--config", str(file), "--quiet", "--json"]
    for _ in range(3):
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        assert told["kept"] == first.rows, told
        seconds.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"rows": first.rows, "seconds": seconds, "processor_s": processor}


def profile(rows: int, lanes: int, folder: Path) -> None:
    """What the caller's thread does with its time."""
    with slow_server(DELAY_S) as base_url, cProfile.Profile() as found:
        whole(base_url, rows, lanes, folder / "profile.db")
    pstats.Stats(found).sort_stats("tottime").print_stats(25)
    pstats.Stats(found).sort_stats("cumtime").print_stats(45)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=6400)
    parser.add_argument("--lanes", type=int, default=64)
    parser.add_argument("--memory-rows", type=int, default=100_000)
    parser.add_argument("--second-run-rows", type=int, default=50_000)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--memory-of", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.memory_of:
        base_url, rows, folder = given.memory_of
        print(json.dumps(memory_of_this_process(base_url, int(rows), Path(folder))))
        return
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        if given.profile:
            profile(given.rows, given.lanes, Path(name))
            return
        told = {"throughput": throughput(given.rows, given.lanes, Path(name))} if given.rows else {}
        if given.second_run_rows:
            told["second run"] = second_run(given.second_run_rows, Path(name))
        if given.memory_rows:
            told["memory"] = memory(given.memory_rows, Path(name))
    if given.json:
        print(json.dumps(told, indent=1))
        return
    for title, values in told.items():
        print(title, *(f"  {name}: {value}" for name, value in values.items()), sep="\n")


if __name__ == "__main__":
    main()
