"""Reading specs."""

from pathlib import Path

import pytest

from compiler import files


def test_specs_are_read_by_path_each_once(tmp_path: Path) -> None:
    """A directory stands for its specs; order, repetition and links to the same file do not matter."""
    for name in ("b.yaml", "a.yml", ".hidden.yaml", "notes.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "sub.yaml").mkdir()
    (tmp_path / "z.yaml").symlink_to(tmp_path / "b.yaml")

    read = files.read_specs([tmp_path / "b.yaml", tmp_path, tmp_path / "a.yml"])

    assert [(str(tmp_path / "a.yml"), b"a.yml"), (str(tmp_path / "b.yaml"), b"b.yaml")] == [
        (file.path, file.content) for file in read
    ]


def test_no_more_of_a_file_is_read_than_a_spec_may_have() -> None:
    """An endless file is not read to its end."""
    assert len(files.read_file(Path("/dev/zero")).content) == (1 << 20) + 1


def test_a_missing_spec_is_an_os_error(tmp_path: Path) -> None:
    """What cannot be read is for the command line to report."""
    with pytest.raises(FileNotFoundError):
        files.read_specs([tmp_path / "none.yaml"])
