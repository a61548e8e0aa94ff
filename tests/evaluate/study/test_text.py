from lgir.evaluate.study.text import decimals, one_line, p_value, plain, seconds, signed, whole


def test_strangers_lose_what_steers():
    assert plain("a\x1b[31mb\u202ec\x00\ufffe\ud800\r\nd\te") == "abc\nd e"
    assert one_line("a\n  b ") == "a b"


def test_numbers():
    assert [decimals(0.12346), decimals(None), decimals(0.5, 2)] == ["0.1235", "–", "0.50"]
    assert [signed(0.01), signed(-0.01), signed(3.0, 1)] == ["+0.0100", "−0.0100", "+3.0"]
    assert [whole(12290), whole(None)] == ["12,290", "–"]
    assert [p_value(0.0344), p_value(2.13e-8), p_value(0.0), p_value(1.0)] == ["0.034", "2.1e-08", "0.000", "1.000"]
    assert [seconds(0.1234), seconds(12.34), seconds(1234.5), seconds(None)] == ["0.123", "12.3", "1,234", "–"]
