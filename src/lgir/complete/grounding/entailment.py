"""Entailment by a local model of natural language inference: does one text follow from another?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from lgir.core.errors import BackendError, BadConfig

_MAX_TOKENS = 512
"""Longer pairs are cut at the end of the premise."""


class NliModel:
    """An `Entailment` over a folder with a sequence classifier of transformers that was trained on NLI.

    Nothing is fetched, no code of the folder is run, and only safetensors are read. The folder is loaded at once.

    Raises:
        BadConfig: there is no such folder, or none of its classes is called entailment.
        BackendError: the folder cannot be loaded.
    """

    def __init__(self, folder: Path, *, device: str = "cpu", batch_size: int = 32) -> None:
        if not folder.is_dir():
            raise BadConfig(f"there is no folder {str(folder)!r}; name one with a sequence classifier of transformers")
        self._tokenizer, self._model = _load(folder, device)
        names = {int(number): str(name).casefold() for number, name in self._model.config.id2label.items()}
        found = [number for number, name in names.items() if name.startswith("entail")]
        if len(found) != 1:
            raise BadConfig(
                f"the classes of {str(folder)!r} are {', '.join(names.values())}; an NLI model has one class entailment"
            )
        self._entailment = found[0]
        self._device = device
        self._batch_size = batch_size

    def entails(self, pairs: Sequence[tuple[str, str]]) -> Float32[np.ndarray, " n"]:
        """For each (premise, hypothesis) the probability of the class entailment."""
        import torch

        made = np.zeros(len(pairs), dtype=np.float32)
        for begin in range(0, len(pairs), self._batch_size):
            batch = pairs[begin : begin + self._batch_size]
            premises, hypotheses = ([_plain(pair[side]) for pair in batch] for side in (0, 1))
            inputs = self._tokenizer(
                premises,
                hypotheses,
                truncation="only_first",
                max_length=min(_MAX_TOKENS, self._tokenizer.model_max_length),
                padding=True,
                return_tensors="pt",
            ).to(self._device)
            with torch.inference_mode():
                logits = self._model(**inputs).logits
            made[begin : begin + len(batch)] = logits.float().softmax(dim=1)[:, self._entailment].cpu().numpy()
        return made


def _plain(text: str) -> str:
    """The text as a tokenizer can read it: lone surrogates are none."""
    return text.encode("utf-8", "replace").decode()


def _load(folder: Path, device: str) -> tuple[Any, Any]:
    import transformers

    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **options)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, use_safetensors=True, **options)
    except (OSError, ValueError, KeyError) as error:
        raise BackendError(
            f"the model in {str(folder)!r} cannot be loaded ({type(error).__name__}); it has to hold config.json, a "
            "tokenizer and safetensors of a sequence classifier"
        ) from error
    return tokenizer, model.to(device).eval()
