"""Folders and hostile archives."""

import io
import zipfile
from pathlib import Path

import pytest

from lgir.core.errors import BadInput
from lgir.data.readers import files as module
from lgir.data.readers.files import Files


def archive(path: Path, members: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content, **options)
    return path


def read(path: Path, name: str) -> bytes:
    with Files(path) as files, files.open(name) as stream:
        return stream.read()


def test_a_folder_and_an_archive_look_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    (tmp_path / "sub").mkdir()
    packed = archive(tmp_path / "p.zip", {"a.csv": b"x"})
    for path, label in ((tmp_path, "a.csv"), (packed, "p.zip:a.csv")):
        with Files(path) as files:
            assert "a.csv" in files
            assert "sub" not in files
            assert files.size("a.csv") == 1
            assert files.label("a.csv") == label
        assert read(path, "a.csv") == b"x"


def test_folders_inside_an_archive_lead_nowhere(tmp_path: Path) -> None:
    members = {"../../etc/a.csv": b"1", "/srv/b.csv": b"2", "deep/down/c.csv": b"3", "..\\d.csv": b"4"}
    path = archive(tmp_path / "p.zip", members | {"__MACOSX/a.csv": b"", "x/.DS_Store": b""})
    with Files(path) as files:
        assert files.names() == ["a.csv", "b.csv", "c.csv", "d.csv"]
    assert read(path, "a.csv") == b"1"
    assert sorted(child.name for child in tmp_path.iterdir()) == ["p.zip"]


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds 'a.csv' twice; leave one"):
        Files(archive(tmp_path / "p.zip", {"x/a.csv": b"", "y/a.csv": b""}))


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "p.zip", {"a.csv": b"0" * 3_000_000})
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(module, "MAX_UNPACKED_BYTES", 2_000_000)
    with pytest.raises(BadInput, match="would unpack to more than"):
        Files(path)


def test_a_member_never_gives_more_than_it_declares(tmp_path: Path) -> None:
    path = archive(tmp_path / "p.zip", {"a.csv": b"0" * 3_000_000})
    lying = path.read_bytes().replace((3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(lying)
    with pytest.raises(BadInput, match="cannot be unpacked"):
        read(path, "a.csv")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(content)
    with pytest.raises(BadInput, match=r"is not a readable zip archive .*; give a zip file or a folder"):
        Files(tmp_path / "p.zip")


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "p.zip", {"a.csv": bytes(range(256)) * 50})
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"p.zip:a.csv cannot be unpacked .*get the archive again"):
        read(path, "a.csv")


def test_a_password_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "p.zip", {"a.csv": b"x"})
    content = bytearray(path.read_bytes())
    # bit 0 of the flags, in the local header and in the directory, says that the member is encrypted
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"p.zip:a.csv cannot be unpacked .*without password"):
        read(path, "a.csv")


def test_an_unknown_compression_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "p.zip", {"a.csv": b"x"})
    content = bytearray(path.read_bytes())
    content[8] = 77
    content[content.index(b"PK\x01\x02") + 10] = 77
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"p.zip:a.csv cannot be unpacked"):
        read(path, "a.csv")


def test_bytes_are_given_as_they_are(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    path = archive(tmp_path / "p.zip", {"a.bin": content})
    with Files(path) as files, files.open("a.bin") as stream:
        assert b"".join(iter(lambda: stream.readline(1000), b"")) == content
    assert read(path, "a.bin") == io.BytesIO(content).read()
