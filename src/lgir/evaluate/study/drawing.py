"""A figure as the page takes it: drawn panels and what to say about them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing: an `<svg>` element that refers to nothing outside itself, with its colours as CSS variables."""

    svg: str


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a legend: a sign in one of the page's colours, and its meaning."""

    color: str
    sign: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure.

    Attributes:
        key: the section's word for it, see `document.Section.figures`.
        title: one line.
        legend: what signs and colours say.
        panels: heading → panels that stand side by side.
        caption: what the bars are, where axes begin, what is missing.
    """

    key: str
    title: str
    legend: tuple[Key, ...]
    panels: tuple[tuple[str, tuple[Panel, ...]], ...]
    caption: tuple[str, ...]
