"""Which file system a folder lies on, and whether other machines share it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["file_system", "is_shared"]

SHARED = {
    *("9p", "afs", "beegfs", "ceph", "cifs", "gfs2", "gpfs", "lustre", "nfs", "nfs4", "ocfs2"),
    *("orangefs", "smb3", "smbfs", "virtiofs"),
    *("fuse.ceph", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"),
}
"""File systems that machines share."""


def file_system(folder: Path) -> str:
    """The kind of file system that a folder lies on, such as `ext4`; '' where it cannot be told."""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace")
    except OSError:  # not Linux
        return ""
    folder = folder.resolve()
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        point = fields[1].replace("\\040", " ")
        if len(point) >= best and folder.is_relative_to(point):
            best, kind = len(point), fields[2]
    return kind


def is_shared(folder: Path) -> bool:
    """Whether a folder lies on a file system shared with other machines, as far as can be told."""
    return file_system(folder) in SHARED
