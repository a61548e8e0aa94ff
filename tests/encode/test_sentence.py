import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

from lgir.core.errors import BackendError, BadConfig
from lgir.encode.sentence import SentenceConfig, SentenceEncoder
from lgir.testing.encoders import TEXTS, TINY_DIM, TINY_MAX_TOKENS, EncoderContract, make_tiny_bert


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bert(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gpt2(tmp_path_factory.mktemp("models") / "gpt2")


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_llama(tmp_path_factory.mktemp("models") / "llama")


def make_tiny_gpt2(folder: Path) -> Path:
    """A GPT-2 language model with random weights: no special token but one for the end of a text, no filler."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = byte_tokenizer("<|endoftext|>")
    sizes = {"n_embd": TINY_DIM, "n_layer": 2, "n_head": 2, "n_positions": TINY_MAX_TOKENS}
    end = tokenizer.token_to_id("<|endoftext|>")
    config = GPT2Config(vocab_size=tokenizer.get_vocab_size(), bos_token_id=end, eos_token_id=end, **sizes)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save(folder, GPT2LMHeadModel(config), tokenizer, eos_token="<|endoftext|>")
    return folder


def make_tiny_llama(folder: Path) -> Path:
    """A Llama language model with random weights: rotary positions, and <s> before every text."""
    import torch
    from tokenizers.processors import TemplateProcessing
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = byte_tokenizer("<s>")
    start = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", start)])
    sizes = {"hidden_size": TINY_DIM, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        num_key_value_heads=2,
        max_position_embeddings=TINY_MAX_TOKENS,
        bos_token_id=start,
        eos_token_id=start,
        initializer_range=0.2,  # larger than usual: an untrained model gives nearly one vector for all texts
        **sizes,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save(folder, LlamaForCausalLM(config), tokenizer, bos_token="<s>")
    return folder


def byte_tokenizer(special: str) -> Tokenizer:
    """Byte-level BPE as decoders have it, with a few merges."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    trainer = BpeTrainer(
        vocab_size=300, special_tokens=[special], initial_alphabet=ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def save(folder: Path, model: Any, tokenizer: Tokenizer, **tokens: str) -> None:
    from transformers import PreTrainedTokenizerFast

    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **tokens).save_pretrained(folder)


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


def make(folder: Path, batch_size: int = 32, **settings: Any) -> SentenceEncoder:
    return SentenceEncoder(SentenceConfig(model=str(folder), **settings), batch_size=batch_size)


class TestMeanPooling(EncoderContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tiny: Path) -> None:
        self.tiny = tiny

    def make(self) -> SentenceEncoder:
        return make(self.tiny)

    def make_other(self) -> SentenceEncoder:
        return make(self.tiny, max_tokens=20)


class TestClsPooling(TestMeanPooling):
    def make(self) -> SentenceEncoder:
        return make(self.tiny, pooling="cls", long_texts="truncate")

    def make_other(self) -> SentenceEncoder:
        return make(self.tiny, pooling="mean", long_texts="truncate")


class TestGpt2(EncoderContract):
    @pytest.fixture(autouse=True)
    def _folder(self, gpt2: Path) -> None:
        self.folder = gpt2

    def make(self) -> SentenceEncoder:
        return make(self.folder, pooling="weighted-mean")

    def make_other(self) -> SentenceEncoder:
        return make(self.folder, pooling="mean")


class TestLlama(TestGpt2):
    @pytest.fixture(autouse=True)
    def _folder(self, llama: Path) -> None:
        self.folder = llama


def by_hand(folder: Path, text: str, pooling: str) -> np.ndarray:
    """One text, no filler, straight through transformers."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        given = tokenizer(text, truncation=True, max_length=TINY_MAX_TOKENS, return_tensors="pt")
        hidden = model(**given).last_hidden_state[0].numpy()
    # SGPT-BE: token i of n counts i / (1 + … + n)
    n = len(hidden)
    positions = sum(i / (n * (n + 1) / 2) * hidden[i - 1] for i in range(1, n + 1))
    vector = {"cls": hidden[0], "mean": hidden.mean(0), "weighted-mean": positions}[pooling]
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_vectors_equal_a_computation_by_hand(tiny: Path, pooling: str) -> None:
    vectors = make(tiny, pooling=pooling, long_texts="truncate").encode(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_allclose(vector, by_hand(tiny, text, pooling), atol=1e-5)


@pytest.mark.parametrize("decoder", ["gpt2", "llama"])
def test_decoders_equal_a_computation_by_hand(decoder: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(decoder)
    vectors = make(folder, pooling="weighted-mean", long_texts="truncate").encode(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_allclose(vector, by_hand(folder, text, "weighted-mean"), atol=1e-5)


@pytest.mark.parametrize("decoder", ["gpt2", "llama"])
def test_what_fills_a_decoders_batch_does_not_matter(decoder: str, request: pytest.FixtureRequest) -> None:
    import torch

    encoder = make(request.getfixturevalue(decoder), pooling="weighted-mean")
    embed = encoder._backbone.embed
    ids, mask = torch.randint(1, 250, (3, 12)), (torch.arange(12) < torch.tensor([[12], [5], [1]])).long()
    with torch.inference_mode():
        one, other = (embed(torch.where(mask == 1, ids, filler), mask) for filler in (0, 77))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_decoders_windows_fill_its_context(gpt2: Path, llama: Path) -> None:
    # a Q is one token of one byte; a Llama's <s> takes one place of every window
    for folder, room in ((gpt2, TINY_MAX_TOKENS), (llama, TINY_MAX_TOKENS - 1)):
        encoder = make(folder, pooling="weighted-mean", long_texts="truncate")
        encoder.encode(["Q" * room])
        assert encoder.report.truncated == 0
        encoder.encode(["Q" * (room + 1)])
        assert encoder.report.truncated == 1


def test_a_decoder_says_more_of_its_last_words(gpt2: Path) -> None:
    weighted, plain = (make(gpt2, pooling=pooling) for pooling in ("weighted-mean", "mean"))
    assert not np.allclose(weighted.encode(TEXTS), plain.encode(TEXTS), atol=1e-3)


def test_a_plain_folder_means_mean_pooling(tiny: Path) -> None:
    assert make(tiny).dim == TINY_DIM
    np.testing.assert_allclose(make(tiny).encode(TEXTS), make(tiny, pooling="mean").encode(TEXTS), atol=1e-6)


def test_the_batch_size_changes_nothing(tiny: Path) -> None:
    texts = [*TEXTS, "", "nurse " * 200]
    one, many = (make(tiny, batch_size=size).encode(texts) for size in (1, 64))
    np.testing.assert_allclose(one, many, atol=1e-5)


def test_long_texts_are_averaged_by_tokens_or_cut_and_counted(tiny: Path) -> None:
    room = TINY_MAX_TOKENS - 2
    first, second = "nurse " * room, "cook " * 10
    chunking, cutting = make(tiny), make(tiny, long_texts="truncate")
    a, b = chunking.encode([first, second])
    mean = room * a + 10 * b
    np.testing.assert_allclose(chunking.encode([first + second])[0], mean / np.linalg.norm(mean), atol=1e-5)
    assert chunking.report.truncated == 0
    np.testing.assert_allclose(cutting.encode([first, first + second, ""])[:2], [a, a], atol=1e-5)
    assert (cutting.report.texts, cutting.report.truncated) == (3, 1)
    chunking.encode(["nurse " * room * 40])
    assert (chunking.report.texts, chunking.report.truncated) == (4, 1)


def test_max_tokens_sets_the_window(tiny: Path) -> None:
    short = make(tiny, max_tokens=6, long_texts="truncate")
    np.testing.assert_allclose(
        *short.encode(["nurse cook care forklift", "nurse cook care forklift shifts"]), atol=1e-6
    )
    assert short.report.truncated == 1
    with pytest.raises(BadConfig, match=r"max_tokens = 49 is more than the model .* can read; give 48 or less"):
        make(tiny, max_tokens=49)
    with pytest.raises(BadConfig, match=r"leaves no room beside 2 special tokens; give 3 or more"):
        make(tiny, max_tokens=2)


def test_fingerprints_follow_settings_and_files(tiny: Path, copy: Path, tmp_path: Path) -> None:
    made = {
        "plain": make(tiny),
        "cls": make(tiny, pooling="cls"),
        "short": make(tiny, max_tokens=10),
        "truncate": make(tiny, long_texts="truncate"),
        "other weights": make(make_tiny_bert(tmp_path / "other", seed=1)),
    }
    assert len({encoder.fingerprint for encoder in made.values()}) == len(made)
    (copy / "README.md").write_text("where a folder lies and what it says of itself change no vector")
    assert make(copy).fingerprint == made["plain"].fingerprint
    with (copy / "vocab.txt").open("a", encoding="utf-8") as vocabulary:
        vocabulary.write("")
    (copy / "special_tokens_map.json").write_text("{}")
    assert make(copy).fingerprint != made["plain"].fingerprint


def with_modules(folder: Path, kinds: list[str], pooling: dict[str, Any]) -> Path:
    """Makes a plain folder a folder of sentence-transformers, in the form its releases up to 5 wrote."""
    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    for place, kind in enumerate(kinds, 1):
        path = f"{place}_{kind.rpartition('.')[2]}"
        (folder / path).mkdir()
        modules.append({"idx": place, "name": str(place), "path": path, "type": kind})
        if kind.endswith("Pooling"):
            (folder / path / "config.json").write_text(json.dumps({"word_embedding_dimension": TINY_DIM, **pooling}))
    (folder / "modules.json").write_text(json.dumps(modules))
    return folder


POOLING, NORMALIZE = "sentence_transformers.models.Pooling", "sentence_transformers.models.Normalize"


@pytest.mark.parametrize(
    ("pooling", "same_as"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode_mean_tokens": False, "pooling_mode_weightedmean_tokens": True}, "weighted-mean"),
        ({"pooling_mode": "weightedmean"}, "weighted-mean"),
    ],
)
def test_the_folders_own_pooling_is_used(copy: Path, tiny: Path, pooling: dict[str, Any], same_as: str) -> None:
    folder = with_modules(copy, [POOLING, NORMALIZE], pooling)
    np.testing.assert_allclose(make(folder).encode(TEXTS), make(tiny, pooling=same_as).encode(TEXTS), atol=1e-6)


def test_the_folders_own_length_and_case_are_used(copy: Path) -> None:
    folder = with_modules(copy, [POOLING], {"pooling_mode": "mean"})
    told = json.loads((folder / "tokenizer_config.json").read_text()) | {"do_lower_case": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 9, "do_lower_case": False}))
    as_written = make(folder, long_texts="truncate")
    assert as_written.report.limit == 9
    upper, lower = as_written.encode(["NURSE", "nurse"])
    assert not np.allclose(upper, lower, atol=1e-3)
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 9, "do_lower_case": True}))
    np.testing.assert_allclose(*make(folder).encode(["NURSE", "nurse"]), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("chain", ["max", "dense", "weighted mean"])
def test_any_chain_of_modules_equals_sentence_transformers(tiny: Path, tmp_path: Path, chain: str) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    with torch.random.fork_rng():
        torch.manual_seed(0)
        rest = {
            "max": [modules.Pooling(TINY_DIM, ("max", "cls")), modules.Normalize()],
            "weighted mean": [modules.Pooling(TINY_DIM, "weightedmean"), modules.Normalize()],
            "dense": [modules.Pooling(TINY_DIM, "mean"), modules.Dense(TINY_DIM, 5), modules.LayerNorm(5)],
        }[chain]
    peer = SentenceTransformer(modules=[modules.Transformer(str(tiny)), *rest], device="cpu")
    peer.save(str(tmp_path / "saved"))
    encoder = make(tmp_path / "saved", long_texts="truncate")
    assert encoder.dim == {"max": 2 * TINY_DIM, "weighted mean": TINY_DIM, "dense": 5}[chain]
    expected = peer.encode(list(TEXTS), normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)
    # the transformer alone is still there for whoever asks for it
    np.testing.assert_allclose(
        make(tmp_path / "saved", pooling="cls").encode(TEXTS), make(tiny, pooling="cls").encode(TEXTS), atol=1e-5
    )


def test_a_missing_folder_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"no model folder .*; give a folder that exists, or a model's name"):
        make(tmp_path / "absent")


def test_a_name_without_a_network_gives_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(
        BackendError, match=r"'nobody/no-model' is no folder here, not in the local model cache.*fetch it"
    ):
        SentenceEncoder(SentenceConfig(model="nobody/no-model"))


def test_a_name_in_the_local_cache_needs_no_network(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    commit = "0" * 40
    repository = tmp_path / "models--someone--tiny"
    shutil.copytree(tiny, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    encoder = SentenceEncoder(SentenceConfig(model="someone/tiny"))
    assert encoder.fingerprint == make(tiny).fingerprint
    with pytest.raises(BackendError, match=r"someone/tiny"):
        SentenceEncoder(SentenceConfig(model="someone/tiny", revision="v2"))


def test_pickled_weights_are_refused(copy: Path) -> None:
    import torch

    torch.save({}, copy / "pytorch_model.bin")
    make(copy)  # beside safetensors they are not read
    (copy / "model.safetensors").unlink()
    with pytest.raises(BackendError, match=r"only as pytorch_model\.bin, a pickle that can run code.*convert"):
        make(copy)


def test_code_in_a_folder_is_not_run(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "own.py").write_text(f"open({str(copy / 'ran')!r}, 'w')")
    with pytest.raises(BackendError, match=r"cannot be loaded"):
        make(copy)
    assert not (copy / "ran").exists()


def test_weights_that_do_not_fill_the_model_are_refused(copy: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    save_file({name: value for name, value in weights.items() if "layer.1" not in name}, copy / "model.safetensors")
    with pytest.raises(BackendError, match=r"do not fill the model: \d+ are missing, 'encoder\.layer\.1"):
        make(copy)


def test_weights_that_are_not_finite_are_noticed(copy: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    weights["embeddings.LayerNorm.bias"][0] = np.nan
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BackendError, match=r"not finite; check that its weights are undamaged"):
        make(copy).encode(["cook"])


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "modules.json", "sentence_bert_config.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe broken", b"[1]", b"7"])
def test_a_broken_file_gives_a_sentence(copy: Path, name: str, content: bytes) -> None:
    (copy / name).write_bytes(content)
    with pytest.raises((BackendError, BadConfig)) as caught:
        make(copy)
    assert "\n" not in str(caught.value)


def test_a_module_without_its_files_gives_a_sentence(copy: Path) -> None:
    with_modules(copy, [POOLING, "sentence_transformers.models.Dense"], {"pooling_mode": "mean"})
    with pytest.raises(BackendError, match=r"a module in .* cannot be loaded"):
        make(copy)


def test_a_foreign_module_is_refused(copy: Path) -> None:
    with_modules(copy, ["somebody.Pooling"], {})
    with pytest.raises(BadConfig, match=r"built from \['somebody.Pooling'\]; supported are a Transformer followed by"):
        make(copy)


def test_a_prompt_is_refused_where_it_would_be_left_out(copy: Path, tiny: Path) -> None:
    told = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}
    (copy / "config_sentence_transformers.json").write_text(json.dumps(told))
    with pytest.raises(
        BadConfig, match=r"wants its prompt 'query'.*set pooling to \"mean\", \"cls\" or \"weighted-mean\""
    ):
        make(copy)
    np.testing.assert_allclose(make(copy, pooling="mean").encode(TEXTS), make(tiny).encode(TEXTS), atol=1e-6)


def test_a_model_that_needs_more_than_text_is_refused(tmp_path: Path, tiny: Path) -> None:
    from transformers import T5Config, T5Model

    sizes = {"d_model": 8, "d_kv": 4, "d_ff": 8, "num_layers": 1, "num_heads": 2, "vocab_size": 200}
    T5Model(T5Config(**sizes)).save_pretrained(tmp_path)
    for name in ("vocab.txt", "tokenizer_config.json"):
        shutil.copy(tiny / name, tmp_path / name)
    with pytest.raises(BadConfig, match=r"does not encode plain text"):
        make(tmp_path)


def test_a_model_without_a_limit_needs_one(tmp_path: Path, tiny: Path) -> None:
    from transformers import BloomConfig, BloomModel

    BloomModel(BloomConfig(vocab_size=200, hidden_size=8, n_layer=1, n_head=2)).save_pretrained(tmp_path)
    shutil.copy(tiny / "vocab.txt", tmp_path / "vocab.txt")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    with pytest.raises(BadConfig, match=r"does not say how many tokens it reads; set max_tokens, such as 512"):
        make(tmp_path)
    assert make(tmp_path, max_tokens=100).report.limit % 100 == 0


def test_a_roberta_reads_two_tokens_less_than_it_has_positions(tmp_path: Path, tiny: Path) -> None:
    from transformers import RobertaConfig, RobertaModel

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    RobertaModel(RobertaConfig(vocab_size=200, max_position_embeddings=34, **sizes)).save_pretrained(tmp_path)
    shutil.copy(tiny / "vocab.txt", tmp_path / "vocab.txt")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    encoder = make(tmp_path)
    assert encoder.report.limit % 32 == 0
    assert np.linalg.norm(encoder.encode(["nurse " * 100])) == pytest.approx(1, abs=1e-5)
