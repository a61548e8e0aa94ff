"""Measures the grounding checker: on real people's completions, on planted inventions, and on the labelled cases.

    .venv/bin/python benchmarks/grounding.py [--data data/sjr] [--people N] [--seed N] [--json]

Three parts. (1) The grounding report of the extractive back end, once with the statements as it gives them and once
with its text given to the checker. (2) One statement in ten is replaced by an invention of a known kind, whose names
and values stand in none of that person's texts; asked is how many inventions the checker calls unsupported (recall),
and how many of the other statements (false alarms). Three settings: the inventions are sentences of their own; a true
sentence with one name or number exchanged; and as the first, with the other nine tenths reworded by rule. (3) Precision
and recall of "unsupported" (inferred or contradicted) and accuracy of the origin on the labelled cases, by the rules
alone and with MiniLM.

What a rewording must not do, since an alarm would then be right: put "Experience:" or "Has done" before a company that
only a job names, which claims to have worked there (such a statement gets "Includes", and the company alone stays as
it is); call any associate a team member (a law firm's is none: only "sales associate" and "store associate" are
exchanged); make "aide director" of "assistant director" or the person "in the supervisor's absence" a "supervisory
role" (these words are exchanged only where no noun follows); turn the words around "of", "at" or in a name that ends in
"School", whose order is what they mean.

The first rules for rewording had none of these exceptions (and never exchanged "&"). The words that the checker takes
for one were chosen on the first 525 people with seed 1, and on the development part of the labelled cases.
"""

import argparse
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lgir.complete.config import CompleteConfig
from lgir.complete.factory import build_completer
from lgir.complete.grounding.ground import ground
from lgir.complete.grounding.lexicon import STATES
from lgir.complete.grounding.report import Group, Outcome, grounding_report, outcome
from lgir.complete.grounding.semantic import SemanticChecker
from lgir.core.config import load_config
from lgir.core.phrases import phrases
from lgir.core.records import Completion, Query, Statement
from lgir.encode.minilm import MiniLmConfig, MiniLmEncoder
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import open_material
from lgir.testing.grounding_cases import GroundingCase, load_cases

UNSUPPORTED = ("inferred", "contradicted")
PLANTED_SHARE = 0.1
THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)

EMPLOYERS = (
    "Zenith Dynamics Inc.", "Harrowgate Foods", "Blue Lantern Logistics", "Castellan Bank", "Orchid Valley Hospital",
    "Northpike Technologies", "Silverbrook Hotel", "Quillon & Sons", "Tarrant Steel LLC", "Meridian Outfitters",
    "Fenwick Clinic", "Oakmoor University", "Palisade Energy", "Rowanberry Cafe", "Vantor Aerospace",
)  # fmt: skip
ROLES = ("supervisor", "assistant", "project lead", "trainer", "clerk", "buyer", "planner", "coordinator")
EMPLOYED = ("Worked at {}", "{role} at {}", "Employed at {}")
DATED = ("Employed since {}", "Graduated in {}", "In this trade since {}")
NUMBERED = ("{} years of experience", "Increased sales by {}%", "Managed a team of {}", "Trained {} new employees")
CERTIFICATES = (
    "PMP certified", "Holds a CPA license", "Certified ScrumMaster", "CISSP certification", "Forklift certified",
    "Licensed real estate agent", "Notary public certification", "Class A CDL", "Six Sigma Black Belt certification",
    "ServSafe certified", "Certified welding inspector", "Licensed practical nurse", "CCNA certification",
    "TESOL certificate", "Certified phlebotomy technician", "ACLS certified",
)  # fmt: skip
SYNONYMS = {
    "assistant": "aide", "manager": "management", "supervisor": "supervisory role", "technician": "tech",
    "sales": "selling", "customer service": "service to customers", "cashier": "cash handling", "driver": "driving",
    "teacher": "teaching", "cook": "cooking", "welder": "welding", "cleaning": "cleaned", "training": "trained",
    "operator": "operation", "installer": "installation", "inspector": "inspection", "maintenance": "maintaining",
    "repair": "repairs", "and": "&", "&": "and", "nurse": "nursing", "driving": "drove", "clerk": "clerical work",
    "receptionist": "reception", "sales associate": "sales team member", "store associate": "store team member",
    "representative": "rep", "full time": "full-time",
}  # fmt: skip
LAST = ("assistant", "supervisor")
"""Words that are exchanged only where no noun follows."""
NO_LETTER, NO_NOUN = r"(?!\w)", r"(?![\s/]*[\w'’])"
ORDERED = {"a", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with", "school"}
"""Words around which the order is the meaning."""


@dataclass(frozen=True, slots=True)
class Invention:
    """An invented statement.

    Attributes:
        kind: what is invented.
        text: the statement.
        needle: the words in it that no source has.
    """

    kind: str
    text: str
    needle: str

    def kinds(self) -> dict[str, str]:
        """The kind of each of its phrases: the first that holds a word of the needle is the invented one."""
        words = set(re.findall(r"\w{2,}", self.needle.casefold()))
        found: dict[str, str] = {}
        for key in phrases(self.text):
            invented = self.kind not in found.values() and words & set(re.findall(r"\w{2,}", key))
            found[key] = self.kind if invented else "rest of an invention"
        return found


@dataclass(frozen=True, slots=True)
class Planted:
    """A completion in which some statements are invented.

    Attributes:
        query: the person.
        text: one statement per line.
        kinds: by key of a statement, the kind of the invention, or "untouched" or "reworded".
    """

    query: Query
    text: str
    kinds: dict[str, str]


# ── inventions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def invent(kind: str, query: Query, rng: random.Random) -> Invention | None:
    """A statement whose names and values stand in none of the person's texts; None where there can be none."""
    sources = sources_of(query)
    if kind == "employer":
        return made(kind, rng.choice(EMPLOYED), absent(EMPLOYERS, sources, rng), rng)
    if kind == "employer of an engaged job":
        return made(kind, rng.choice(EMPLOYED), looked_at(query, rng), rng)
    if kind == "date":
        return made(kind, rng.choice(DATED), absent([str(year) for year in range(1975, 2025)], sources, rng), rng)
    if kind == "number":
        return made(kind, rng.choice(NUMBERED), absent([str(n) for n in range(3, 99)], sources, rng), rng)
    return made("certificate", "{}", absent(CERTIFICATES, sources, rng), rng)


def made(kind: str, form: str, needle: str | None, rng: random.Random) -> Invention | None:
    """The invention that puts a needle into a form."""
    return Invention(kind, form.format(needle, role=rng.choice(ROLES).capitalize()), needle) if needle else None


def looked_at(query: Query, rng: random.Random) -> str | None:
    """A company that only a job names: the second line of a job's text is its company on SJR."""
    lines = [job.text.split("\n")[1:2] for job in query.jobs]
    names = [name for found in lines for name in found if name.strip() and not known(name, query.resume)]
    return rng.choice(names) if names else None


def known(name: str, resume: str) -> bool:
    """Whether all words of a name stand in a line of the résumé."""
    words = set(re.findall(r"\w{2,}", name.casefold())) - {"inc", "llc", "the", "and", "of"}
    return any(words <= set(re.findall(r"\w+", line.casefold())) for line in resume.split("\n"))


def alter(query: Query, rng: random.Random) -> Invention | None:
    """A true sentence of the résumé with one name or number exchanged; None where nothing can be exchanged."""
    sources = sources_of(query)
    lines = [line for line in query.resume.split("\n") if line.strip()]
    numbered = [(line, match) for line in lines for match in re.finditer(r"(?<![\w.,])\d{1,4}(?![\w.,])", line)]
    if numbered and rng.random() < 0.7:
        line, match = rng.choice(numbered)
        if number := absent([str(n) for n in range(2, 99)], sources, rng):
            return Invention("number", f"{line[: match.start()]}{number}{line[match.end() :]}", number)
    # a post that somebody held reads "title, company, town, state" on SJR
    held = [parts for line in lines if len(parts := [part.strip() for part in line.split(",")]) == 4 and all(parts)]
    held = [parts for parts in held if parts[3].casefold().split()[-1] in STATES]
    if not held:
        return None
    title, company, *_ = rng.choice(held)
    others = [parts[1] for parts in held if not known(parts[1], company) and not known(parts[0], title)]
    if others and rng.random() < 0.3:
        other = rng.choice(others)
        return Invention("own employer of another role", f"{title} at {other}", other)
    return made("employer", f"{title.replace('{', '').replace('}', '')} at {{}}", absent(EMPLOYERS, sources, rng), rng)


def reword(text: str, rng: random.Random, companies: Sequence[str]) -> str:
    """The statement in slightly other words: a synonym, another order, a filler."""
    forms = {word: rf"(?i)(?<!\w){re.escape(word)}{NO_NOUN if word in LAST else NO_LETTER}" for word in SYNONYMS}
    if found := [word for word, form in forms.items() if re.search(form, text)]:
        word = rng.choice(found)
        return re.sub(forms[word], SYNONYMS[word], text, count=1)
    words = text.split()
    ordered = ORDERED & {word.casefold() for word in words}
    if 2 <= len(words) <= 4 and words[-1].isalpha() and words[0].isalpha() and not ordered:
        return " ".join((words[-1], *words[:-1]))
    claims = any(spelled(name) in spelled(text) for name in companies)
    return f"Includes {text}" if claims else f"{rng.choice(('Experience:', 'Has done', 'Includes'))} {text}"


def spelled(text: str) -> str:
    """The words of a text, letter case and marks aside."""
    return " ".join(("", *re.findall(r"[^\W_]+", text.casefold()), ""))


def sources_of(query: Query) -> str:
    """All of a person's texts, letter case folded."""
    return "\n".join((query.resume, *(job.text for job in query.jobs))).casefold()


def absent(choices: Sequence[str], sources: str, rng: random.Random) -> str | None:
    """One of the choices with no word in the sources, but for words as common as "and"."""
    for choice in rng.sample(choices, len(choices)):
        words = set(re.findall(r"\w+", choice.casefold())) - {
            "a",
            "and",
            "holds",
            "class",
            "certified",
            "certification",
        }
        if not any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", sources) for word in words):
            return choice
    return None


# ── planting ────────────────────────────────────────────────────────────────────────────────────────────────────────

KINDS = ("employer", "employer of an engaged job", "date", "number", "certificate")


def plant(query: Query, completion: Completion, rng: random.Random, *, how: str) -> Planted:
    """The completion with a tenth of its statements invented; the person's texts stay as they are."""
    lines: list[str] = []
    kinds: dict[str, str] = {}
    # a company of a job with a word beside it would be a claim to have worked there
    second = [line for job in query.jobs for line in job.text.casefold().split("\n")[1:2]]
    companies = {*second, *(key for line in second for key in phrases(line) if not known(key, query.resume))}
    for one in completion.statements:
        invention = None
        if rng.random() < PLANTED_SHARE:
            invention = alter(query, rng) if how == "altered" else invent(rng.choice(KINDS), query, rng)
        if invention:
            lines.append(invention.text)
            kinds |= invention.kinds()
            continue
        harmless = how == "reworded" and one.text.casefold() not in companies
        text = reword(one.text, rng, sorted(companies)) if harmless else one.text
        lines.append(text)
        for key in phrases(text):
            kinds.setdefault(key, "untouched" if text == one.text else "reworded")
    return Planted(query, "\n".join(lines), kinds)


def planted_part(
    people: Sequence[tuple[Query, Completion]], seed: int, how: str, checker: SemanticChecker | None = None
) -> dict[str, Any]:
    """How many inventions of each kind were found, and how many other statements were called unsupported."""
    rng = random.Random(f"{seed} {how}")
    called: dict[str, Counter[str]] = defaultdict(Counter)
    begun = time.perf_counter()
    checking = 0.0
    for query, completion in people:
        planted = plant(query, completion, rng, how=how)
        started = time.perf_counter()
        statements = ground(planted.text, query)
        if checker is not None:
            (statements,) = checker.refine([statements], [query])
        checking += time.perf_counter() - started
        for one in statements:
            kind = planted.kinds.get(key_of(one), "untouched")
            called[kind][outcome(one)] += 1
    rows = {
        kind: {
            "statements": counts.total(),
            "called unsupported": sum(counts[name] for name in UNSUPPORTED),
            "share": sum(counts[name] for name in UNSUPPORTED) / counts.total(),
            "contradicted": counts["contradicted"],
        }
        for kind, counts in sorted(called.items())
    }
    return {"kinds": rows, "ms per résumé": 1000 * checking / len(people), "seconds": time.perf_counter() - begun}


def key_of(one: Statement) -> str:
    """The key of a statement among phrases."""
    return next(iter(phrases(one.text)))


# ── the labelled cases ──────────────────────────────────────────────────────────────────────────────────────────────


def checked(cases: Sequence[GroundingCase], refine: Callable[..., Any] | None) -> Iterator[tuple[str, str, str, str]]:
    """(language, kind, right outcome, outcome found) of every labelled statement."""
    for case in cases:
        found = [ground(one.text, case.query) for one in case.statements]
        if refine is not None:
            found = refine(found, [case.query] * len(found))
        for one, parts in zip(case.statements, found, strict=True):
            yield case.language, one.kind, one.gold, worst(parts)


def worst(parts: Sequence[Statement]) -> Outcome:
    """The outcome of a sentence whose phrases were checked one by one."""
    outcomes = {outcome(part) for part in parts}
    order: tuple[Outcome, ...] = ("contradicted", "inferred", "from job", "said")
    return next(name for name in order if name in outcomes)


def scores(rows: Sequence[tuple[str, str, str, str]]) -> dict[str, float | int]:
    """Precision and recall of "unsupported", and how often the origin is right."""
    right = sum(gold in UNSUPPORTED and found in UNSUPPORTED for *_, gold, found in rows)
    called = sum(found in UNSUPPORTED for *_, found in rows)
    meant = sum(gold in UNSUPPORTED for *_, gold, _ in rows)
    return {
        "statements": len(rows),
        "precision": right / called if called else 0.0,
        "recall": right / meant if meant else 0.0,
        "origin right": sum(gold == found for *_, gold, found in rows) / len(rows),
    }


class Remembering:
    """An encoder that encodes no text twice."""

    def __init__(self) -> None:
        self._encoder = MiniLmEncoder(MiniLmConfig())
        self._known: dict[str, Any] = {}
        self.dim, self.fingerprint = self._encoder.dim, self._encoder.fingerprint

    def encode(self, texts: Sequence[str], /) -> Any:
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def labelled_part(encoder: Remembering) -> dict[str, Any]:
    """Scores on both parts; the threshold is the lowest of those that are best on the development part among those
    that let no unsupported statement through that the rules had found."""
    parts = {name: list(load_cases(name)) for name in ("development", "held-out")}
    rules = {name: list(checked(cases, None)) for name, cases in parts.items()}
    floor = scores(rules["development"])["recall"]
    tried = {
        threshold: scores(list(checked(parts["development"], SemanticChecker(encoder, threshold=threshold).refine)))
        for threshold in THRESHOLDS
    }
    safe = [threshold for threshold, found in tried.items() if found["recall"] >= floor] or [THRESHOLDS[-1]]
    chosen = max(safe, key=lambda threshold: (tried[threshold]["origin right"], -threshold))
    refine = SemanticChecker(encoder, threshold=chosen).refine
    made: dict[str, Any] = {"threshold": chosen, "development by threshold": tried}
    for name, cases in parts.items():
        refined = list(checked(cases, refine))
        for method, rows in (("rules", rules[name]), ("rules and MiniLM", refined)):
            made[f"{name}, {method}"] = scores(rows)
            for language in ("en", "zh"):
                made[f"{name}, {method}, {language}"] = scores([row for row in rows if row[0] == language])
    return made


# ── the whole ───────────────────────────────────────────────────────────────────────────────────────────────────────


def completed(data: Path, most: int) -> list[tuple[Query, Completion]]:
    """People with their training jobs, and what the extractive back end makes of them."""
    material = open_material(data, load_config(ExperimentConfig, Path("experiments/sjr.toml")))
    queries = [material.query(user) for user in material.people().tolist()[:most]]
    results = build_completer(CompleteConfig()).complete(queries)
    return [(query, one) for query, one in zip(queries, results, strict=True) if isinstance(one, Completion)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/sjr"))
    parser.add_argument("--people", type=int, default=1_000_000, help="at most so many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--few-shot", type=int, default=2, help="people with at most so many training jobs")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    given = parser.parse_args()
    people = completed(given.data, given.people)

    def group(query: Query) -> Group:
        return "few-shot" if len(query.jobs) <= given.few_shot else "many-shot"

    own = grounding_report((one, group(query)) for query, one in people)
    asked = grounding_report((replace(one, statements=ground(one.text, query)), group(query)) for query, one in people)
    result: dict[str, Any] = {
        "people": len(people),
        "extractive, its own statements": own.json_ready(),
        "extractive, its text checked": asked.json_ready(),
    }
    encoder = Remembering()
    labelled = labelled_part(encoder)
    for how in ("sentences of their own", "altered", "reworded"):
        result[f"planted: {how}"] = planted_part(people, given.seed, how)
    checker = SemanticChecker(encoder, threshold=labelled["threshold"])
    result["planted: reworded, rules and MiniLM"] = planted_part(people, given.seed, "reworded", checker)
    result["labelled"] = labelled
    if given.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    print("\n".join(["extractive, its text checked", *asked.lines()]))
    for name, value in result.items():
        if name.startswith("planted"):
            print(f"\n{name}, {value['ms per résumé']:.2f} ms per résumé")
            for kind, row in value["kinds"].items():
                print(f"  {kind}: {row['called unsupported']:,} of {row['statements']:,}, {100 * row['share']:.2f} %")
    print(f"\nlabelled cases, threshold {result['labelled']['threshold']}")
    for name, value in result["labelled"].items():
        if isinstance(value, dict) and "precision" in value:
            print(
                f"  {name}: {value['statements']} statements, precision {value['precision']:.3f}, "
                f"recall {value['recall']:.3f}, origin right {value['origin right']:.3f}"
            )


if __name__ == "__main__":
    main()
