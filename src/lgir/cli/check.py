"""`lgir check`: is a dataset sound, and what is in it?"""

from lgir.cli.options import AsJson, Data, Debug
from lgir.cli.output import say, say_json

EXAMPLES = (
    "lgir check data/sjr",
    "lgir check data/sjr --json",
)


def check(data: Data, as_json: AsJson = False, debug: Debug = False) -> None:
    """Check a dataset and print its data report.

    The report says what was read, what was left out and why, and what the dataset holds.
    """
    from lgir.data.folder import load_dataset
    from lgir.data.report import DataReport

    report = DataReport()
    dataset = load_dataset(data, report)
    if as_json:
        say_json({"folder": str(data), "fingerprint": dataset.fingerprint, "report": report.as_json()})
    else:
        say([*report.lines(), f"fingerprint: {dataset.fingerprint}", f"{data} is sound"])
