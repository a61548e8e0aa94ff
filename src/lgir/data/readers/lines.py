"""The lines of a text file, one by one; whatever is no text is noted with its line number."""

from collections.abc import Iterator
from io import BufferedReader

from lgir.core.run import Progress
from lgir.data.problems import Problems

MAX_LINE_BYTES = 2**24
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TICK_BYTES = 2**22


class Lines:
    """Iterates over the lines of UTF-8 text, line ends kept; a bad line is noted and given in a harmless form.

    Attributes:
        number: lines given so far.
        last_bad: number of the last bad line, 0 where there was none.
    """

    def __init__(self, stream: BufferedReader, file: str, problems: Problems, progress: Progress) -> None:
        self._stream, self._file, self._problems, self._progress = stream, file, problems, progress
        self._unreported = 0
        self.number = 0
        self.last_bad = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline(MAX_LINE_BYTES):
            self.number += 1
            self._tick(len(line))
            if self.number == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
            if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                self._skip_rest()
                self._note(f"the line is longer than {MAX_LINE_BYTES // 2**20} MB", "shorten it")
                yield "\n"
            else:
                yield self._text(line)

    def _text(self, line: bytes) -> str:
        if b"\0" in line:
            self._note("it contains a NUL byte", "remove it, or save the file as UTF-8 if it is UTF-16")
            return "\n"
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            self._note(f"byte {error.start + 1} of the line is not UTF-8", "save the file as UTF-8")
            return line.decode("utf-8", "replace")

    def _skip_rest(self) -> None:
        while (more := self._stream.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
            self._tick(len(more))

    def _note(self, reason: str, remedy: str) -> None:
        self._problems.add(self._file, self.number, reason, remedy)
        self.last_bad = self.number

    def _tick(self, size: int) -> None:
        self._unreported += size
        if self._unreported >= _TICK_BYTES:
            self._progress.advance(self._unreported)
            self._unreported = 0
