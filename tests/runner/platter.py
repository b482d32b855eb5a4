"""What of a disk outlives a failure of its power: nothing but what was synced."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

__all__ = ["Platter"]


@dataclass
class Platter:
    """The files below a folder as they are after the power has failed.

    It keeps to what is promised and to no more (Pillai et al., "All File Systems Are Not Created
    Equal", OSDI 2014): what is in a file outlives a failure if the file was synced since, and a
    name in a folder, also one that a rename has given, if the folder was.

    Attributes:
        below: the folder.
        contents: what is in files, by their inodes.
        names: which names there are in folders, and which inodes they lead to.
    """

    below: Path
    contents: dict[int, bytes] = field(default_factory=dict)
    names: dict[Path, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, below: Path) -> Self:
        """All that is there now."""
        platter = cls(below)
        platter.names[below] = {}
        for path in sorted(below.rglob("*"), reverse=True):
            platter.sync(path)
        platter.sync(below)
        return platter

    def sync(self, path: Path) -> None:
        """A file or a folder is synced."""
        if path.is_dir():
            self.names[path] = {child.name: child.stat().st_ino for child in path.iterdir()}
        else:
            with open(path, "rb") as file:  # noqa: PTH123 - not one of the disk's operations
                self.contents[path.stat().st_ino] = file.read()

    def make(self, path: Path) -> None:
        """A file or a folder is made, empty."""
        if path.is_dir():
            self.names[path] = {}
        else:
            self.contents.pop(path.stat().st_ino, None)

    def fail(self, *, zeros: bool) -> None:
        """Let the power fail.

        Args:
            zeros: whether files keep their length where they have grown, as they do where that
                is written before what is in them.
        """
        lengths = {
            path.stat().st_ino: path.stat().st_size
            for path in self.below.rglob("*")
            if zeros and path.is_file()
        }
        shutil.rmtree(self.below)
        self._put(self.below, lengths)

    def _put(self, folder: Path, lengths: dict[int, int]) -> None:
        """Put a folder back as it was synced."""
        folder.mkdir()
        for name, inode in self.names[folder].items():
            if folder / name in self.names:
                self._put(folder / name, lengths)
            else:
                content = self.contents.get(inode, b"")
                (folder / name).write_bytes(content.ljust(lengths.get(inode, 0), b"\0"))
