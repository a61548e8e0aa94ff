"""What every test may rely on: no network, one thread, and time limits that suit a busy machine."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import HealthCheck, settings

# a shared machine can stall for seconds: an example's time says nothing about the code
settings.register_profile("lgir", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lgir")
