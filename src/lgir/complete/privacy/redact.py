"""Redactors: personal data out of texts before they leave the machine, back into the answer afterwards."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Protocol, runtime_checkable

from lgir.complete.privacy import rules
from lgir.complete.privacy.placeholders import Redaction, replace
from lgir.complete.privacy.spans import Span
from lgir.core.errors import BadConfig, MissingExtra
from lgir.core.fingerprint import fingerprint

__all__ = ["PresidioRedactor", "Redaction", "Redactor", "RuleRedactor"]

_PRESIDIO_KINDS = {
    "PERSON": "name",
    "CREDIT_CARD": "id",
    "IBAN_CODE": "id",
    "CRYPTO": "id",
    "MEDICAL_LICENSE": "id",
    "US_BANK_NUMBER": "id",
    "US_DRIVER_LICENSE": "id",
    "US_ITIN": "id",
    "US_PASSPORT": "id",
    "US_SSN": "id",
    "UK_NHS": "id",
}
"""What is taken over from Presidio. Its addresses of mail and web are left to the rules: they find more, and Presidio
fetches a list of domains for them."""


@runtime_checkable
class Redactor(Protocol):
    """Takes personal data out of the texts of one person."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever some text may be redacted differently."""

    def redact(self, texts: Sequence[str], /) -> Redaction:
        """Replaces personal data; equal texts give an equal result. Quotes no text in any error."""


class RuleRedactor:
    """Rules and lists of names only: no model, no download."""

    @property
    def fingerprint(self) -> str:
        """Changes with every rule and list."""
        return fingerprint("rules", _rules_fingerprint())

    def redact(self, texts: Sequence[str], /) -> Redaction:
        """Replaces what the rules find; the same value gets the same placeholder in all the texts."""
        return replace(texts, rules.find(texts))


class PresidioRedactor:
    """What the rules find, and names and numbers that Presidio finds with an installed spaCy model.

    Raises:
        MissingExtra: presidio-analyzer is absent.
        BadConfig: there is no such model.
    """

    def __init__(self, model: str, *, language: str = "en") -> None:
        self._analyzer, version = _analyzer(model, language)
        self._language = language
        self.fingerprint = fingerprint("presidio", _rules_fingerprint(), version, model, language)

    def redact(self, texts: Sequence[str], /) -> Redaction:
        """Replaces what the rules or Presidio find; where both find something, both together."""
        return replace(texts, rules.find(texts, self._found))

    def _found(self, text: str) -> Iterator[Span]:
        for result in self._analyzer.analyze(text, language=self._language, entities=sorted(_PRESIDIO_KINDS)):
            # a model may run a name into the next line
            line = text.find("\n", result.start, result.end)
            yield Span(result.start, line if line > 0 else result.end, _PRESIDIO_KINDS[result.entity_type])


_VERSION = 2
"""Raised whenever a rule would redact some text differently; the lists of names and words speak for themselves."""


@cache
def _rules_fingerprint() -> str:
    folder = files("lgir.complete.privacy")
    lists = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return fingerprint(_VERSION, *((name, folder.joinpath(name).read_text(encoding="utf-8")) for name in lists))


def _analyzer(model: str, language: str) -> tuple[Any, str]:
    if find_spec("presidio_analyzer") is None:
        raise MissingExtra("presidio-analyzer", "pii")
    from importlib.metadata import version

    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    # Presidio itself would try to download a model that is not installed
    try:
        meta = spacy.load(model).meta
    except (OSError, ValueError) as error:
        raise BadConfig(
            f"the spaCy model {model!r} is not installed; install it"
            f" (python -m spacy download NAME), or give the folder of one"
        ) from error
    settings = {"nlp_engine_name": "spacy", "models": [{"lang_code": language, "model_name": model}]}
    engine = NlpEngineProvider(nlp_configuration=settings).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=[language])
    return analyzer, f"{version('presidio-analyzer')} {version('spacy')} {meta.get('name')} {meta.get('version')}"
