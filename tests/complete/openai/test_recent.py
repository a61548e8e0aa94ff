"""An answer that comes again for somebody else."""

from lgir.complete.openai.recent import RecentAnswers

ASKED, OTHER = ("complete", "Cook at place 0"), ("complete", "Cook at place 1")


def test_the_same_answer_to_another_prompt_is_somebody_elses() -> None:
    recent = RecentAnswers()
    assert not recent.somebody_elses("a", "Cook", ASKED)
    assert not recent.somebody_elses("a", "Cook", ASKED), "the same prompt may get it again"
    assert recent.somebody_elses("a", "Cook", OTHER)
    assert not recent.somebody_elses("b", "Cook", OTHER), "equal texts under ids of their own are two answers"


def test_a_server_without_ids_is_believed() -> None:
    recent = RecentAnswers()
    assert not any(recent.somebody_elses("", "Cook", asked) for asked in (ASKED, OTHER))


def test_a_server_that_gives_everybody_the_same_id_is_believed_in_the_end() -> None:
    recent = RecentAnswers()
    for number in range(9):
        assert not recent.somebody_elses("chat", f"Cook {number}", ("complete", str(number)))
    assert not recent.somebody_elses("chat", "Cook 8", OTHER)


def test_it_forgets_what_was_long_ago() -> None:
    recent = RecentAnswers()
    recent.somebody_elses("a", "Cook", ASKED)
    for number in range(4096):
        recent.somebody_elses(str(number), "Cook", ASKED)
    assert not recent.somebody_elses("a", "Cook", OTHER)
    assert recent.somebody_elses("4095", "Cook", OTHER)
