"""Does it matter for the ranking what becomes of a language model's inventions?

    .venv/bin/python benchmarks/unsupported.py [--file FILE] [--share SHARE] [--out FOLDER] [-- options of experiment]

Runs `experiments/sjr-unsupported.toml` or another one (`sjr-unsupported-alone.toml`), whose rows keep, mark and drop
the statements that no source supports. No language model is needed: a stand-in answers the real requests. It repeats
lines of the sources it is shown, and invents `--share` of its statements, drawn by a hash of the prompt from a fixed
list of employers, skills, degrees and licences of other trades. Real models invent other things; this says what the
policy is worth where the share of inventions is known.
"""

import argparse
import hashlib
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

from lgir.testing.faulty_proxy import Answer, faulty_proxy

_SOURCE = re.compile(r"^~~~ [^\n]*\n(.*?)\n~~~$", re.DOTALL | re.MULTILINE)
"""What stands between a fence with a label and the next one."""

TRADES = {
    "Registered nurse at Mercy Ridge Hospital": "Holds an RN licence since 2009",
    "Java developer at Initech Systems": "Master of Science in computer science",
    "Truck driver for Bluewater Haulage": "Holds a class A CDL",
    "Accountant at Larkfield & Sons": "Certified public accountant",
    "Welder at Northgate Steelworks": "AWS D1.1 certified welder",
    "Primary school teacher at Elm Street School": "Teaching certificate, 12 years in the classroom",
    "Electrician with Voltmark Contractors": "Journeyman electrician licence",
    "Line cook at the Copper Kettle": "ServSafe certificate, 8 years in kitchens",
    "Warehouse supervisor at Delmar Logistics": "Forklift licence, led a team of 25",
    "Sales manager at Harcourt Motors": "Increased sales by 40 percent in 2015",
    "Dental hygienist at Brightside Dental": "Associate degree in dental hygiene",
    "Attorney at Pembroke and Vale": "Admitted to the bar in 2011",
}


def inventing(share: float) -> Answer:
    """A stand-in for a language model that invents a share of its statements."""

    def answer(prompt: str) -> str:
        rng = random.Random(hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest())
        lines = [line.strip() for source in _SOURCE.findall(prompt) for line in source.split("\n")]
        told = list(dict.fromkeys(line[:200] for line in lines if line and line != "(nothing was written)"))
        n_invented = round(len(told) * share / (1 - share))
        facts = [fact for trade in rng.sample(sorted(TRADES.items()), len(TRADES)) for fact in trade]
        statements = [*told, *facts[:n_invented]]
        rng.shuffle(statements)
        return json.dumps({"statements": statements}, ensure_ascii=False)

    return answer


def main() -> None:
    """Serves, and runs the experiment against it."""
    experiments = Path(__file__).parent.parent / "experiments"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=experiments / "sjr-unsupported.toml")
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--out", type=Path, default=Path("results/unsupported"))
    parser.add_argument("options", nargs="*")
    given = parser.parse_args()
    with faulty_proxy(inventing(given.share), faults=0.0) as server:
        settings = {
            "LGIR_LLM_BASE_URL": server.base_url,
            "LGIR_LLM_MODEL": f"inventing-{given.share:g}",
        }
        command = [sys.executable, "-c", "import sys; from lgir.cli.app import main; sys.exit(main())"]
        arguments = ["experiment", str(given.file), "--out", str(given.out), *given.options]
        sys.exit(subprocess.run([*command, *arguments], env=os.environ | settings, check=False).returncode)


if __name__ == "__main__":
    main()
