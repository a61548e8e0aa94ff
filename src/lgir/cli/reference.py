"""docs/cli.md out of what --help prints: python -m lgir.cli.reference > docs/cli.md"""

import sys

import typer.main

from lgir.cli.app import app

WIDTH = 100

HEAD = """\
# The command line

Made from `lgir --help` and `lgir COMMAND --help` by `python -m lgir.cli.reference > docs/cli.md`; a test fails when it
is stale.

- **Output**: results go to stdout, progress, notes and errors to stderr. With `--json` stdout holds one JSON object and
  nothing else.
- **Progress**: bars where stderr is a terminal, otherwise a plain line at most every ten seconds; none with `--quiet`.
- **Errors**: one sentence that names what is wrong, what was expected and what to do. `--debug`, before or after the
  command's name, shows the traceback, which may quote data.
- **Exit codes**: 0 done; 1 failed; 2 wrong input or usage; 130 interrupted by Ctrl-C. A reader that closes the pipe
  early, such as `head`, is no failure.
- **Interruption**: after Ctrl-C or a kill, the same command continues where it was, to the same result."""


def reference() -> str:
    """The page."""
    group = typer.main.get_group(app)
    top = group.make_context("lgir", [], resilient_parsing=True, terminal_width=WIDTH)
    parts = [HEAD, _block(group.get_help(top))]
    for name, command in group.commands.items():
        context = command.make_context(name, [], parent=top, resilient_parsing=True)
        parts += [f"## lgir {name}", _block(command.get_help(context))]
    return "\n\n".join(parts) + "\n"


def _block(text: str) -> str:
    return f"```text\n{text}\n```"


if __name__ == "__main__":
    sys.stdout.write(reference())
