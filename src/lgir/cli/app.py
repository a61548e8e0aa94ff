"""The command `lgir`: its commands in plain sight, and how every error becomes one sentence and an exit code."""

import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated

import typer
import typer.main

from lgir import __version__
from lgir.cli import (
    batch,
    candidates,
    case,
    check,
    complete,
    demo,
    evaluate,
    experiment,
    fit,
    forget,
    grounding,
    import_data,
    models,
    recommend,
    synth,
    tune,
)
from lgir.cli.interruption import INTERRUPTED, Ending, interruptible
from lgir.cli.options import Debug
from lgir.cli.output import complain
from lgir.core.errors import LgirError

OK, FAILED, BAD_INPUT = 0, 1, 2

COMMANDS: tuple[tuple[str, Callable[..., None], tuple[str, ...]], ...] = (
    ("demo", demo.demo, demo.EXAMPLES),
    ("import", import_data.import_data, import_data.EXAMPLES),
    ("synth", synth.synth, synth.EXAMPLES),
    ("check", check.check, check.EXAMPLES),
    ("complete", complete.complete, complete.EXAMPLES),
    ("batch", batch.batch, batch.EXAMPLES),
    ("grounding", grounding.grounding, grounding.EXAMPLES),
    ("fit", fit.fit, fit.EXAMPLES),
    ("evaluate", evaluate.evaluate, evaluate.EXAMPLES),
    ("recommend", recommend.recommend, recommend.EXAMPLES),
    ("candidates", candidates.candidates, candidates.EXAMPLES),
    ("models", models.models, models.EXAMPLES),
    ("experiment", experiment.experiment, experiment.EXAMPLES),
    ("tune", tune.tune, tune.EXAMPLES),
    ("case", case.case, case.EXAMPLES),
    ("forget", forget.forget, forget.EXAMPLES),
)
"""Every command: its name, what it calls, its examples."""

app = typer.Typer(
    name="lgir",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # help is plain text: it needs no rich, and reads the same in docs/cli.md
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong input or usage, 130 interrupted, 143 terminated.",
)


def _show_version(value: bool) -> bool:
    if value:
        typer.echo(f"lgir {__version__}")
        raise typer.Exit
    return value


@app.callback()
def lgir(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Job recommendation for people whose résumés say too little.

    A résumé and the jobs somebody looked at go in; the résumé is completed, encoded and matched; ranked jobs with
    reasons come out.
    """


for _name, _function, _examples in COMMANDS:
    _epilog = "\n".join(("\b", "Examples:", *(f"  {example}" for example in _examples)))
    app.command(_name, epilog=_epilog)(_function)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code.

    Args:
        arguments: without the program's name; None: those of the process.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    # threads that wait by spinning make training several times slower wherever another process wants a core
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if not sys.warnoptions:
        # what libraries tell their programmers; -W or PYTHONWARNINGS brings it back
        warnings.simplefilter("ignore")
    with interruptible() as ending:
        return _run(arguments, ending)


def _run(arguments: Sequence[str], ending: Ending) -> int:
    try:
        typer.main.get_command(app)(arguments, prog_name="lgir")
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else OK
        if code == INTERRUPTED:
            complain(_INTERRUPTED)
            return ending.code
        return code
    except BaseException as error:
        if "--debug" in arguments:
            complain(traceback.format_exc())
        sentence, code = _failure(error)
        complain(sentence)
        return ending.code if code == INTERRUPTED else code
    return OK


_INTERRUPTED = "interrupted; the same command continues where it was"


def _failure(error: BaseException) -> tuple[str, int]:
    """What to say about an error, and the exit code."""
    match error:
        case LgirError():
            return f"error: {error}", error.exit_code
        case KeyboardInterrupt():
            return _INTERRUPTED, INTERRUPTED
        case MemoryError():
            return "error: there is not enough memory; close other programs or use a smaller dataset", FAILED
        case OSError():
            where = f" ({error.filename})" if error.filename else ""
            reason = error.strerror or type(error).__name__
            return f"error: the operating system refused: {reason}{where}; mend that and run the same again", FAILED
        case _:
            # its text could quote a résumé, so only its type is named
            return f"error: this is a bug in lgir: {type(error).__name__}; run again with --debug to see where", FAILED
