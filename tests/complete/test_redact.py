"""Personal data are replaced by placeholders that come back exactly, whatever the text."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lgir.complete.privacy import redact
from lgir.complete.privacy.placeholders import Redaction
from lgir.complete.privacy.redact import PresidioRedactor, Redactor, RuleRedactor
from lgir.complete.privacy.spans import KINDS
from lgir.core.errors import BadConfig, MissingExtra

REDACTOR = RuleRedactor()
PIECES = st.sampled_from(
    [
        *(
            "Ann Lee",
            "ann@b.org",
            "[EMAIL_1]",
            "NAME_",
            "[NAME_1_2]",
            "1",
            "12125550187",
            "[",
            "]",
            "_",
            " ",
            "\n",
            "IP",
        ),
        *(
            "Name: ",
            "\\",
            "【PHONE 1】",
            "张伟",
            "姓名：",
            "13812345678",
            "İ",
            "ſ",
            "\ud800",
            "\x00",
            "PHONE_1",
            "é",
            "Dr. ",
        ),
        *("age 30", "http://a.org/"),
    ]
)
TEXTS = st.one_of(st.text(st.characters(exclude_categories=())), st.lists(PIECES, max_size=12).map("".join))


def redacted(text: str) -> str:
    """The one text after redaction."""
    return REDACTOR.redact([text]).texts[0]


# ── the round trip ──────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTS, max_size=3))
@example(["a@b.org [EMAIL_1] [email 1] EMAIL_1"])
@example(["EMAIL_12125550187 a@b.org"])
@example(["\\[a@b.org\\] and a@b.org]"])
@example(["Name: Ann Lee\nANN LEE  ann lee Ann  Lee"])
def test_every_text_comes_back_exactly(texts: list[str]) -> None:
    found = REDACTOR.redact(texts)
    assert [found.restore(text) for text in found.texts] == texts
    assert sum(found.counts.values()) >= len(found.originals)
    assert set(found.counts) <= set(KINDS)


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXTS, max_size=3))
def test_equal_texts_are_redacted_equally(texts: list[str]) -> None:
    assert REDACTOR.redact(texts) == RuleRedactor().redact(list(texts))


def test_the_same_value_has_the_same_placeholder_in_all_texts() -> None:
    found = REDACTOR.redact(
        ["Name: Ann Lee\nann@b.org, +1 212 555 0187", "Ask Ann Lee: ann@b.org, eve@b.org, +1 212 555 0187"]
    )
    assert found.texts == (
        "Name: [NAME_1]\n[EMAIL_1], [PHONE_1]",
        "Ask [NAME_1]: [EMAIL_1], [EMAIL_2], [PHONE_1]",
    )
    assert found.originals == {
        "[NAME_1]": "Ann Lee", "[EMAIL_1]": "ann@b.org", "[PHONE_1]": "+1 212 555 0187", "[EMAIL_2]": "eve@b.org",
    }  # fmt: skip
    assert found.counts == {"name": 2, "email": 3, "phone": 2}


def test_another_spelling_shares_the_number_and_comes_back_as_it_was() -> None:
    text = "Name: Ann Lee\nTel: (212) 555-0187 or 212.555.0187\n\nRegards,\nANN LEE"
    found = REDACTOR.redact([text])
    assert found.texts == ("Name: [NAME_1]\nTel: [PHONE_1] or [PHONE_1_2]\n\nRegards,\n[NAME_1_2]",)
    assert found.restore(found.texts[0]) == text


def test_placeholders_in_the_text_are_left_alone_and_their_numbers_not_used() -> None:
    found = REDACTOR.redact(["[EMAIL_1] and email_2 are templates; write to a@b.org"])
    assert found.texts == ("[EMAIL_1] and email_2 are templates; write to [EMAIL_3]",)
    assert found.restore("[EMAIL_1] [EMAIL_3]") == "[EMAIL_1] a@b.org"


@pytest.mark.parametrize(
    "changed",
    ["[EMAIL_1]", "[email_1]", "[Email 1]", "EMAIL_1", "email_1", "[ EMAIL_1 ]", "［EMAIL_1］", "【EMAIL 1】",
     "[EMAIL-1]", r"[EMAIL\_1]", "[EMAIL1]", "[EMAIL_01]"],
)  # fmt: skip
def test_a_placeholder_that_a_model_changed_is_put_back(changed: str) -> None:
    found = REDACTOR.redact(["Mail a@b.org"])
    assert found.restore(f"Write to {changed}, please.") == "Write to a@b.org, please."


@pytest.mark.parametrize(
    "other", ["[EMAIL_2]", "[PHONE_1]", "EMAIL_11", "MY_EMAIL_1", "EMAIL 1", "[EMAIL_1_2]", "[EMAIL_]"]
)
def test_what_was_never_given_out_stays(other: str) -> None:
    assert REDACTOR.redact(["Mail a@b.org"]).restore(other) == other


def test_nothing_to_replace_leaves_everything_as_it_is() -> None:
    found = REDACTOR.redact(["Cook, five years", ""])
    assert found == Redaction(("Cook, five years", ""), {}, {})
    assert found.restore("[EMAIL_1]") == "[EMAIL_1]"
    assert REDACTOR.redact([]).texts == ()


def test_a_redaction_shown_in_a_log_quotes_nothing() -> None:
    assert repr(REDACTOR.redact(["Mail ann.lee@b.org"])) == "Redaction(1 texts, counts={'email': 1})"


# ── what is replaced ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee\n12 Oak Street, Apt 3, Boston\nann@b.org", "[NAME_1]\n[STREET_1], Boston\n[EMAIL_1]"),
        ("Born on 4 July 2004, aged 19, I am single", "Born on [BIRTHDATE_1], aged [AGE_1], I am [MARITAL_1]"),
        ("Marital status: divorced", "Marital status: [MARITAL_1]"),
        ("SSN 512-44-7781, card 4111 1111 1111 1111", "SSN [ID_1], card [ID_2]"),
        ("IBAN GB82 WEST 1234 5698 7654 32 BIC", "IBAN [ID_1] BIC"),
        ("Mail john dot doe at gmail dot com", "Mail [EMAIL_1]"),
        ("See github.com/annlee or https://annlee.dev/cv.", "See [URL_1] or [URL_2]."),
        ("WeChat: ann_lee88, Skype: live:ann", "WeChat: [HANDLE_1], Skype: [HANDLE_2]"),
        ("Server 192.168.0.12 and 2001:db8::ff00:42:8329", "Server [IP_1] and [IP_2]"),
        ("Reference: Mr. John Smith, 555-0199", "Reference: Mr. [NAME_1], [PHONE_1]"),
        ("My name is ann lee and I cook", "My name is [NAME_1] and I cook"),
        ("姓名：张伟，28岁，已婚，手机13812345678", "姓名：[NAME_1]，[AGE_1]岁，[MARITAL_1]，手机[PHONE_1]"),
        ("身份证号：11010519491231002X；微信：zw_88", "身份证号：[ID_1]；微信：[HANDLE_1]"),
        ("家住杭州市西湖区文三路388号5楼", "家住杭州市西湖区[STREET_1]"),
        ("我叫欧阳雪，出生于1994年8月", "我叫[NAME_1]，出生于[BIRTHDATE_1]"),
        ("尊敬的马女士：", "尊敬的[NAME_1]女士："),
        ("Born 3rd of March '84 in Leeds", "Born [BIRTHDATE_1] in Leeds"),
        ("Geboren am 3. März 1984, né le 14 juillet 1990", "Geboren am [BIRTHDATE_1], né le [BIRTHDATE_2]"),
        ("出生日期：八四年三月三日", "出生日期：[BIRTHDATE_1]"),
        ("Address: Rose Cottage, Nether Wallop", "Address: [STREET_1], Nether Wallop"),
        ("Home: Flat above the bakery, High Street, Totnes", "Home: [STREET_1], Totnes"),
        ("Post code: sw1a 1aa, ON M5V2T6, D04 X4C7", "Post code: [STREET_1], ON [STREET_2], [STREET_3]"),
        ("Reg. AB12 CDE, licence plate no. 7ABC123", "Reg. [ID_1], licence plate no. [ID_2]"),
        ("车牌 沪A·12345", "车牌 [ID_1]"),
        ("Passport No. C01X00T47, NMC PIN: 12A3456E", "Passport No. [ID_1], NMC PIN: [ID_2]"),
        ("姓名：欧 阳 若 曦\n性别：女", "姓名：[NAME_1]\n性别：女"),
        ("欧阳 若曦\n求职意向：会计", "[NAME_1]\n求职意向：会计"),
        ("电话：１３８－１２３４－５６７８", "电话：[PHONE_1]"),
    ],
)  # fmt: skip
def test_personal_data_are_replaced(text: str, expected: str) -> None:
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "C++ 11, Java 8, ISO 9001, 99.9%, 2012-2016, Salary 50,000, 1920x1080, version 10.0.1.2",
        "Clerk, Wells Fargo, Newark, New Jersey\nAuditor, Ernst & Young\nHost, Olive Garden",
        "Jimmy John's\nJohnson & Johnson\nGeorge Mason University",
        "Lead the age 3-5 classroom; must be at least 18 years old; ages 6-12",
        "Card 4111 1111 1111 1112 fails its check digit",
        "Worked at yahoo.com and with Node.js, Socket.io and ASP.NET",
        "I am German, I am Certified, I am Excel trained",
        "Dr. Pepper, Mrs. Fields, MS Excel, Miss Universe",
        "2012-2016 清华大学 计算机，年龄18-35岁，高级经理，微信小程序，未婚者优先",
        "Company name: Acme, Project name: Blue",
        "Address: Newark, New Jersey\nHome care aide, High Street School\nHome: deliveries and house cleaning 2012",
        "Worked at Tesco since 3.3.84; Born leader, 3 years in sales; NHS Trust 2012-2019; DOB signing 2012",
        "Reg. nurse, 44 vehicles registered 2012-2019, license plate readers, plate 12 mm, T12 ABCD pump",
        "李 宁 运动店 店长 2015年\n车牌识别系统，高 级 会计师",
        "Resident at Mayo Clinic 2012-2015",
        "Resident in internal medicine, General Hospital 2014",
    ],
)
def test_what_matching_lives_on_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_name_is_replaced_wherever_it_stands_again() -> None:
    text = (
        "Name: Ann Oduya\nANN ODUYA joined in 2010. Ms. Oduya cooks; Ann runs the bar. Oduya Foods and Ann Taylor stay."
    )
    assert redacted(text) == (
        "Name: [NAME_1]\n[NAME_1_2] joined in 2010. Ms. [NAME_2] cooks; [NAME_3] runs the bar. "
        "Oduya Foods and Ann Taylor stay."
    )


# ── hostile texts, speed ────────────────────────────────────────────────────────────────────────────────────────────

UNITS = [
    *(
        "a",
        "1",
        "1 ",
        "12-",
        "+1 ",
        "a@",
        "a.",
        "a@a.",
        " at ",
        "a dot b at ",
        "1:",
        "::",
        "Name: Ann Lee\n",
        "A.",
        "O'",
    ),
    *(
        "John Smith ",
        "(",
        "\n",
        " ",
        "\x00",
        "张",
        "路1号",
        "姓名：张伟",
        "张先生",
        "28岁",
        "www.",
        "a.com/",
        "DE89 3704 ",
    ),
    *("1 Main St ", "flat 1, a, ", "Mr. Abc ", "regards,\n", "[NAME_1]", "[name ", "phone: 1 ", "calle a ", "1 rue a "),
    *(
        "Aa straße 1 ",
        "address: 1 a, ",
        "ID: AB 12 ",
        "\ud800",
        "born on 3 ",
        "home: Hall, ",
        "姓名：欧 阳 ",
        "Reg. AB12 ",
    ),
    *("A1A 1A1 ", "plate no A1 ", "沪A·1"),
]
MEGABYTES = (
    "a",
    "1 ",
    "a.",
    "a@",
    "A.",
    "www.",
    "Mr. ",
    "路1号",
    "John Smith ",
    "References\n",
    "1 Main St ",
    "born in a ",
    "born - ",
    "home: A flat, ",
)
MEGABYTES += ("姓名：张 ", "Reg. AB12 ", "A1A 1", "vehicle plate A1 ", "born 1 of ", "post code a1a ")
TIMED = """
import json, sys, time
from lgir.complete.privacy.redact import RuleRedactor
redactor = RuleRedactor()
for unit in json.loads(sys.argv[1]):
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    found = redactor.redact([text])
    print(time.process_time() - began, found.restore(found.texts[0]) == text)
"""


@pytest.mark.parametrize("unit", UNITS)
def test_a_hostile_text_comes_back(unit: str) -> None:
    text = unit * (10_000 // len(unit))
    found = REDACTOR.redact([text])
    assert found.restore(found.texts[0]) == text


@pytest.mark.slow
def test_a_hostile_megabyte_takes_seconds() -> None:
    # in a process of its own: the checks of types that tests switch on cost more than the work
    command = [sys.executable, "-c", TIMED, json.dumps(MEGABYTES)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(lines) == len(MEGABYTES)
    for unit, line in zip(MEGABYTES, lines, strict=True):
        seconds, same = line.split()
        assert (float(seconds) < 30, same) == (True, "True"), (
            f"{unit!r} took {seconds} s; time has to grow with the text"
        )


# ── redactors ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_fingerprint_is_stable_and_follows_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(REDACTOR, Redactor)
    assert REDACTOR.fingerprint == RuleRedactor().fingerprint
    before = REDACTOR.fingerprint
    monkeypatch.setattr(redact, "_rules_fingerprint", lambda: "other rules")
    assert REDACTOR.fingerprint != before


@pytest.mark.skipif(find_spec("presidio_analyzer") is not None, reason="presidio is installed")
def test_presidio_is_asked_for_by_name_where_it_is_absent() -> None:
    with pytest.raises(MissingExtra, match=r"'presidio-analyzer', which is absent; run: pip install 'lgir\[pii\]'"):
        PresidioRedactor("en_core_web_sm")


@pytest.mark.slow
def test_presidio_without_the_model_says_what_to_do() -> None:
    pytest.importorskip("presidio_analyzer")
    with pytest.raises(BadConfig, match="the spaCy model 'xx_absent' is not installed; install it"):
        PresidioRedactor("xx_absent")


@pytest.mark.slow
def test_presidio_adds_to_what_the_rules_find(tmp_path) -> None:
    pytest.importorskip("presidio_analyzer")
    import spacy

    model = spacy.blank("en")
    model.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Zork Quux"}])
    model.to_disk(tmp_path / "model")
    redactor = PresidioRedactor(str(tmp_path / "model"))
    found = redactor.redact(["Trained Zork Quux here, zork@b.org", "zork quux"])
    assert found.texts == ("Trained [NAME_1] here, [EMAIL_1]", "[NAME_1_2]")
    assert found.restore(found.texts[0]) == "Trained Zork Quux here, zork@b.org"
    assert redactor.fingerprint != RuleRedactor().fingerprint
    assert isinstance(redactor, Redactor)
