"""Recall and precision of the redaction of personal data, and its speed, on the shipped cases.

    .venv/bin/python benchmarks/redaction.py [--presidio MODEL] [--json]

Per part, language and kind. Recall: pieces of personal data of which every letter and digit was replaced as their kind;
"hidden" counts those replaced as whatever kind. Precision: replaced pieces of which every letter and digit is marked as
personal. The rules were developed on the part "development"; the part "held_out" was only measured on. `--presidio`
measures the rules together with an installed spaCy model instead. Speed is processor time per text, on texts of about
1,500 characters that are made of the cases, the fastest of five rounds.
"""

import argparse
import json
import time
from typing import Any

from lgir.complete.privacy.redact import PresidioRedactor, Redactor, RuleRedactor
from lgir.testing.redaction_cases import PARTS, load_cases, tallies


def measured(redactor: Redactor) -> list[dict[str, Any]]:
    """One row per part, language and kind."""
    rows = []
    for part in PARTS:
        cases = load_cases(part)
        for language in sorted({case.language for case in cases}):
            mine = [case for case in cases if case.language == language]
            for kind, tally in tallies(redactor, mine).items():
                rows.append(
                    {
                        "part": part,
                        "language": language,
                        "kind": kind,
                        "texts": len(mine),
                        "marked": tally.marked,
                        "recall": tally.recall,
                        "hidden": tally.hidden / tally.marked if tally.marked else 1.0,
                        "replaced": tally.replaced,
                        "precision": tally.precision,
                    }
                )
    return rows


def long_texts() -> list[str]:
    """Cases of one language, one after another up to 1,500 characters."""
    texts = [""]
    for case in sorted((case for part in PARTS for case in load_cases(part)), key=lambda case: case.language):
        if len(texts[-1]) + len(case.text) > 1_500:
            texts.append("")
        texts[-1] += case.text + "\n\n"
    return texts


def speed(redactor: Redactor) -> dict[str, float]:
    """Milliseconds per text, and how long the texts are."""
    texts = long_texts()
    seconds = []
    for turn in range(5):
        # a text that was seen before may be remembered
        turned = [text + " " * turn for text in texts]
        began = time.process_time()
        for text in turned:
            redactor.redact([text])
        seconds.append(time.process_time() - began)
    return {"ms_per_text": min(seconds) / len(texts) * 1e3, "characters_per_text": sum(map(len, texts)) / len(texts)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presidio", metavar="MODEL")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    redactor: Redactor = PresidioRedactor(given.presidio) if given.presidio else RuleRedactor()
    rows, cost = measured(redactor), speed(redactor)
    if given.json:
        print(json.dumps({"rows": rows, "speed": cost}, indent=1))
        return
    print("| part | language | kind | marked | recall | hidden | replaced | precision |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        counts = (
            f"{row['marked']} | {row['recall']:.3f} | {row['hidden']:.3f} | {row['replaced']} | {row['precision']:.3f}"
        )
        print(f"| {row['part']} | {row['language']} | {row['kind']} | {counts} |")
    print(f"\n{cost['ms_per_text']:.2f} ms per text of {cost['characters_per_text']:.0f} characters on average")


if __name__ == "__main__":
    main()
