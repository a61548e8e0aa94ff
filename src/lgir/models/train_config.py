"""Settings of the trainer, apart from it: reading a configuration must not wait for torch."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from lgir.core.config import Config


class TrainConfig(Config):
    """How a model is trained. The defaults are those the paper gives all its methods."""

    learning_rate: PositiveFloat = 5e-5
    """AdamW's step."""
    weight_decay: NonNegativeFloat = 1e-4
    """λ of eq. 13, as AdamW's decoupled decay."""
    batch_size: PositiveInt = 1024
    """Training pairs per step."""
    max_epochs: PositiveInt = 1000
    """The paper gives no limit beyond early stopping."""
    patience: PositiveInt = 50
    """Epochs without a better validation value before training stops."""
    negatives: PositiveInt = 1
    """Negative jobs j2 drawn anew per pair and epoch."""
