import pytest

from lgir.complete.local.config import TransformersConfig, VllmConfig
from lgir.core.config import parse_config
from lgir.core.errors import BadConfig


@pytest.mark.parametrize("kind", [TransformersConfig, VllmConfig])
def test_code_runs_only_for_the_model_that_is_named(kind: type[TransformersConfig] | type[VllmConfig]) -> None:
    given = {"model": "models/chatglm", "trust_remote_code": "models/chatglm"}
    assert parse_config(kind, given, source="test").trust_remote_code == "models/chatglm"
    for wrong in ("models/other", "models/chatglm/", "true", ""):
        with pytest.raises(
            BadConfig, match=r"trust_remote_code = .* must repeat the name of the model.*'models/chatglm'"
        ):
            parse_config(kind, given | {"trust_remote_code": wrong}, source="test")
    with pytest.raises(BadConfig, match="trust_remote_code"):
        parse_config(kind, {"model": "models/chatglm", "trust_remote_code": True}, source="test")
    with pytest.raises(BadConfig, match="which is None"):
        parse_config(kind, {"trust_remote_code": "models/chatglm"}, source="test")


def test_no_code_runs_unless_asked() -> None:
    assert TransformersConfig().trust_remote_code is None
    assert VllmConfig().trust_remote_code is None
