from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from lgir.evaluate.report import per_user_table
from lgir.evaluate.study.figures import draw_figures
from lgir.evaluate.study.records import (
    Case,
    CaseJob,
    Cost,
    DataTable,
    MarkedText,
    Protocol,
    RowResult,
    Span,
    StudyResult,
    sampled_label,
)
from lgir.evaluate.study.summary import summarize

ROWS = [
    ("SGPT-BE", "baseline", "text only", 0.30),
    ("SGPT-ST", "baseline", "text only", 0.33),
    ("SGPT-ST+SRC", "baseline", "text only", 0.34),
    ("BPJFNN", "baseline", "text only", 0.36),
    ("MF", "baseline", "behaviour only", 0.42),
    ("NCF", "baseline", "behaviour only", 0.44),
    ("PJFFF", "baseline", "both", 0.40),
    ("SHPJF", "baseline", "both", 0.43),
    ("SGL-text", "baseline", "both", 0.52),
    ("LightGCN-text", "baseline", "both", 0.53),
    ("LightGCN+SRC", "baseline", "both", 0.525),
    ("random", "reference", "none", 0.12),
    ("popularity", "reference", "behaviour only", 0.22),
    ("newest first", "reference", "none", 0.15),
    ("BM25 profile", "reference", "text only", 0.47),
    ("item-kNN", "reference", "behaviour only", 0.45),
    ("EASE", "reference", "behaviour only", 0.50),
    ("logistic regression", "reference", "both", 0.56),
    ("BASE", "ablation", "both", 0.51),
    ("SRC", "ablation", "both", 0.52),
    ("IRC", "ablation", "both", 0.545),
    ("LGIR", "ours", "both", 0.56),
]
UNSEEDED = {
    "random",
    "popularity",
    "newest first",
    "BM25 profile",
    "item-kNN",
    "EASE",
    "SGPT-BE",
    "SGPT-ST",
    "SGPT-ST+SRC",
}
PAPER_METRICS, TIME_METRICS = ("MAP@5", "NDCG@5", "MRR"), ("NDCG@10", "Recall@10", "MRR")


def protocol(rng, name, n, metrics, main):
    users = pl.DataFrame(
        {"user_id": [f"u{i}" for i in range(n)], "n_training": rng.geometric(0.35, n) - (name == "time")}
    )
    label = sampled_label(20) if name == "paper" else "open jobs after a global time split"
    return Protocol(name, label, "Every job open at that time is ranked.", metrics, main, users, 2, "c4nd1d4te5")


def values(rng, ids, seeds, metrics, level, ease):
    tables = []
    for seed in seeds:
        own = np.clip(level + ease + rng.normal(0, 0.15, len(ids)), 0, 1)
        tables.append(per_user_table(ids, seed, {m: own * (0.8 + 0.1 * k) for k, m in enumerate(metrics)}))
    return pl.concat(tables)


def curve(rng, level):
    epochs = np.arange(1, 41)
    seen = level * (1 - np.exp(-epochs / 8)) + rng.normal(0, 0.006, 40)
    return [{"epoch": int(e), "validation": float(v), "loss": 1.0} for e, v in zip(epochs, seen, strict=True)]


def build(n=300, rows=ROWS, n_seeds=5, seed=0):
    rng = np.random.default_rng(seed)
    protocols = (protocol(rng, "paper", n, PAPER_METRICS, "NDCG@5"), protocol(rng, "time", n, TIME_METRICS, "NDCG@10"))
    ease = {p.name: rng.normal(0, 0.15, n) for p in protocols}
    found = []
    for name, group, kind, level in rows:
        seeds = (0,) if name in UNSEEDED else tuple(range(n_seeds))
        per_user, cold = {}, {}
        for p in protocols:
            ids = p.users["user_id"].to_list()
            per_user[p.name] = values(rng, ids, seeds, p.headline, level, ease[p.name])
            some = ids[: n // 5]
            cold[p.name] = values(rng, some, seeds, p.headline, 0.5 * level, ease[p.name][: n // 5])
        curves = {} if name in UNSEEDED else {s: curve(rng, level) for s in seeds}
        cost = Cost(12.5 * len(seeds), 0.8 * len(seeds), 900.0, 41_000 if "SRC" in name else 0, 9_000, 1_234_567)
        notes = (f"{name}: word vectors are learned from scratch.",) if kind == "text only" else ()
        found.append(RowResult(name, group, kind, seeds, per_user, cold, curves, cost, notes))
    return StudyResult(
        title="Every system of the paper on made-up data",
        data=DataTable(
            "made-up",
            n,
            900,
            12_345,
            {"training": 4115, "validation": 4115, "test": 4115},
            0.93,
            {"interactions per user (mean)": 41.15},
        ),
        protocols=protocols,
        rows=tuple(found),
        main="LGIR",
        contrast="IRC",
        validation_metric="NDCG@5 on the validation part",
        versions={"lgir": "0.1.0", "numpy": "2.4"},
        provenance={"data": "f1f2f3"},
        notes=("All rows had the same tuning budget.",),
        case=case(),
    )


def case():
    def marked(text, **words):
        kinds = {"from_job": "from job"}
        return MarkedText(
            text,
            tuple(
                Span(text.index(word), text.index(word) + len(word), kinds.get(kind, kind))
                for kind, some in words.items()
                for word in some
            ),
        )

    resume = marked("Graphic designer, two years. I know Photoshop and like drawing.", resume=["Photoshop"])
    jobs = (
        CaseJob(
            "j17",
            marked(
                "UI designer. You build icons and interface prototypes in Figma.",
                history=["interface prototypes", "Figma"],
            ),
        ),
        CaseJob("j88", marked("Brand designer for a game studio; Photoshop, illustration.", history=["Photoshop"])),
    )
    simple = marked(
        "Graphic designer who knows Photoshop. Led a team of twelve in print production.",
        said=["Graphic designer who knows Photoshop."],
        inferred=["Led a team of twelve in print production."],
        resume=["Photoshop"],
    )
    interactive = marked(
        "Graphic designer who knows Photoshop. Interface prototypes in Figma. Works well with developers.",
        said=["Graphic designer who knows Photoshop."],
        from_job=["Interface prototypes in Figma."],
        inferred=["Works well with developers."],
        resume=["Photoshop"],
        history=["Photoshop", "Interface prototypes", "Figma"],
    )
    target = marked(
        "Product designer: interface prototypes in Figma, Photoshop, hand-over to developers.",
        resume=["Photoshop"],
        history=["interface prototypes", "Figma", "Photoshop"],
    )
    return Case(
        "u7",
        resume,
        jobs,
        simple,
        interactive,
        CaseJob("j300", target),
        0.38,
        0.45,
        0.61,
        "cosine of MiniLM vectors",
        ("Completions were written by a made-up model.",),
    )


HOSTILE = '<script>alert("1")</script> & $x_1$ \\input{a} % # ~ ^ | `b` [c](http://x.y) *d* \x1b[31m\u202e\ufffe</td>'


@pytest.fixture(scope="session")
def make_result():
    return build


@pytest.fixture(scope="session")
def result():
    return build()


@pytest.fixture(scope="session")
def summary(result):
    return summarize(result, resamples=500)


@pytest.fixture(scope="session")
def drawn(summary):
    return draw_figures(summary)


@pytest.fixture(scope="session")
def hostile_drawn(hostile):
    return draw_figures(hostile)


@pytest.fixture(scope="session")
def hostile_text():
    return HOSTILE


@pytest.fixture(scope="session")
def hostile():
    """A report in which a stranger chose every name and text."""
    made = build(n=30, rows=ROWS[-4:], n_seeds=2)
    rows = (
        *(replace(row, name=HOSTILE + row.name, notes=(HOSTILE,)) for row in made.rows),
        RowResult("*refused", "baseline", "both", refused=HOSTILE),
    )
    rows = (*rows, replace(made.rows[0], name="[0.5ex]"))
    text = MarkedText(HOSTILE, (Span(0, 10, "resume"), Span(5, 20, "history"), Span(3, 40, "inferred")))
    odd = Case(
        HOSTILE, text, (CaseJob(HOSTILE, text),), text, text, CaseJob(HOSTILE, text), 0.1, 0.2, 0.3, HOSTILE, (HOSTILE,)
    )
    protocols = tuple(replace(p, description=HOSTILE) for p in made.protocols)
    return summarize(
        replace(
            made,
            title=HOSTILE,
            rows=rows,
            protocols=protocols,
            main=HOSTILE + "LGIR",
            contrast=HOSTILE + "IRC",
            notes=(HOSTILE,),
            data=replace(made.data, dataset=HOSTILE, means={HOSTILE: 1.0}),
            provenance={HOSTILE: HOSTILE},
            versions={HOSTILE: HOSTILE},
            validation_metric=HOSTILE,
            case=odd,
        ),
        resamples=100,
    )
