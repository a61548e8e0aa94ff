"""Every error a user can meet.

    LgirError                 exit code 1
    ├── BadInput              exit code 2: something the caller gave is wrong
    │   ├── BadData           a file or dataset; carries every problem found
    │   ├── BadConfig         a configuration file or option
    │   ├── UnknownId         a user or job that is not in this catalogue
    │   └── UnreadableRun     a run folder that is missing, damaged or from a newer format
    ├── MissingExtra          an optional dependency is not installed
    ├── BackendError          a model or server outside this process failed
    └── TrainingFailed        training produced something unusable

A message names the value, what was expected and the remedy, and never quotes a résumé.
"""

from collections.abc import Sequence


class LgirError(Exception):
    """Base of all errors meant for people: one sentence, no traceback needed."""

    exit_code: int = 1


class BadInput(LgirError):
    """The caller gave something that cannot be used."""

    exit_code = 2


class BadData(BadInput):
    """A file or dataset breaks its schema. `problems` holds one sentence per bad row, all of them."""

    def __init__(self, summary: str, problems: Sequence[str] = (), *, shown: int = 20) -> None:
        self.problems = tuple(problems)
        lines = [summary, *(f"  {problem}" for problem in self.problems[:shown])]
        if len(self.problems) > shown:
            lines.append(f"  … and {len(self.problems) - shown} more")
        super().__init__("\n".join(lines))


class BadConfig(BadInput):
    """A configuration file or option is wrong."""


class UnknownId(BadInput):
    """A user or job id is not in this catalogue."""


class UnreadableRun(BadInput):
    """A run folder is missing, damaged, or written by a newer format."""


class MissingExtra(LgirError):
    """An optional dependency is needed and absent."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs the package {package!r}, which is absent; run: pip install 'lgir[{extra}]'")


class BackendError(LgirError):
    """A model or server outside this process failed."""


class TrainingFailed(LgirError):
    """Training produced something unusable, such as a loss that is not a number."""
