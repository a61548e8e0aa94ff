"""Where files come from: a folder or a zip archive, both only ever read, member by member, never unpacked to disk."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path, PurePosixPath

from lgir.core.errors import BadData

MAX_UNPACKED_BYTES = 16 * 2**30
"""Most bytes an archive may unpack to (CareerBuilder's have about 4 GB)."""


class Files:
    """The files of a folder or archive, by base name.

    Folders inside an archive are ignored, so a hostile member path leads nowhere.
    """

    def __init__(self, path: Path) -> None:
        """Looks, reads nothing yet.

        Raises:
            BadData: there is no such path, or it is neither a folder nor a zip archive.
        """
        self.path = path
        self._archive: zipfile.ZipFile | None = None
        self._members: dict[str, str] = {}
        if path.is_dir():
            self._members = {child.name: child.name for child in sorted(path.iterdir()) if child.is_file()}
        elif path.is_file():
            self._open_archive()
        else:
            raise BadData(f"there is no file or folder {str(path)!r}; check the path")

    def names(self) -> list[str]:
        """The base names, sorted."""
        return sorted(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    @property
    def packed(self) -> bool:
        """True for an archive."""
        return self._archive is not None

    def size(self, name: str) -> int:
        """Bytes of a file, unpacked."""
        if self._archive is not None:
            return self._archive.getinfo(self._members[name]).file_size
        return (self.path / self._members[name]).stat().st_size

    def label(self, name: str) -> str:
        """A file as the user knows it."""
        return name if self._archive is None else f"{self.path.name}:{name}"

    @contextmanager
    def open(self, name: str) -> Iterator[BufferedReader]:
        """Opens one file for reading bytes.

        Raises:
            BadData: it is encrypted, damaged or unreadable; also while it is being read.
        """
        try:
            with self._stream(name) as stream:
                yield stream
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise BadData(f"{self.label(name)} cannot be unpacked ({error}); get the archive again") from None
        except OSError as error:
            raise BadData(f"{self.label(name)} cannot be read ({error.strerror or error}); check the file") from None

    def close(self) -> None:
        """Closes the archive, if it is one."""
        if self._archive is not None:
            self._archive.close()

    def __enter__(self) -> "Files":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stream(self, name: str) -> BufferedReader:
        if self._archive is None:
            return (self.path / name).open("rb")
        try:
            member = self._archive.open(self._members[name])
        except (NotImplementedError, RuntimeError, ValueError) as error:
            raise BadData(f"{self.label(name)} cannot be unpacked ({error}); pack it again without password") from None
        return BufferedReader(member, 2**20)  # type: ignore[arg-type]

    def _open_archive(self) -> None:
        try:
            self._archive = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise BadData(f"{self.path} is not a readable zip archive ({error}); give a zip file or a folder") from None
        members = [item for item in self._archive.infolist() if not item.is_dir() and _is_plain(item.filename)]
        # zipfile never gives more than the size a member declares, so the declared sizes are the cap
        if sum(item.file_size for item in members) > MAX_UNPACKED_BYTES:
            self.close()
            limit = MAX_UNPACKED_BYTES // 2**30
            raise BadData(f"{self.path} would unpack to more than {limit} GB; take out what is not needed")
        for item in members:
            name = _base(item.filename)
            if name in self._members:
                self.close()
                raise BadData(f"{self.path} holds {name!r} twice; leave one of them in the archive")
            self._members[name] = item.filename


def _is_plain(member: str) -> bool:
    """False for the litter that file managers add to archives."""
    return "__MACOSX" not in member and not _base(member).startswith(".")


def _base(member: str) -> str:
    """The last part of a member's path, whichever slash its archiver used."""
    return PurePosixPath(member.replace("\\", "/")).name
