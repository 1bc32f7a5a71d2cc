"""Which edits of the library count as a change of what it computes."""

import pytest

from starnmf.source_code import checksum_of_code

CIRCLE = """
def area(r):
    '''Of a circle.'''
    return float(open('pi.txt').read()) * r**2  # squared


def nothing():
    '''None.'''
"""

AREA = '''"""Areas."""

from starnmf.limits import MOST
from starnmf.shapes import circle

AREA = circle.area(MOST)
'''

FILES = {
    "__init__.py": "",
    "area.py": AREA,
    "limits.py": 'MOST = 3\n"""Of everything."""\n',
    "shapes/__init__.py": "",
    "shapes/circle.py": CIRCLE,
    "shapes/pi.txt": "3.14",
    "shapes/unread.txt": "2.72",
    "shapes/square.py": "def area(r):\n    return r**2\n",
}


def checksum(library, files):
    """Of `area` in a library of these files."""
    for name, text in files.items():
        file = library / "starnmf" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return checksum_of_code("starnmf.area", library=library)


def changes(folder, name, old, new):
    """Whether an edit of one file changes the checksum of `area`."""
    assert old in FILES[name]
    edited = FILES | {name: FILES[name].replace(old, new)}
    assert edited != FILES
    return checksum(folder / "before", FILES) != checksum(folder / "after", edited)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("area.py", "AREA =", "LARGEST ="),
        ("limits.py", "3", "4"),
        ("shapes/circle.py", "r**2", "r**3"),
        ("shapes/circle.py", "'pi.txt'", "'unread.txt'"),
        ("shapes/pi.txt", "3.14", "3.15"),
        ("shapes/__init__.py", "", "RADIUS = 1\n"),
    ],
)
def test_what_is_computed_counts(tmp_path, name, old, new):
    assert changes(tmp_path, name, old, new)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("area.py", "Areas", "Surfaces"),
        ("area.py", "AREA = ", "\n\n# The area.\nAREA =  "),
        ("limits.py", "everything", "all"),
        ("shapes/circle.py", "'''Of a circle.'''", '"""Of\n    a disc."""'),
        ("shapes/circle.py", "squared", "cubed"),
        ("shapes/unread.txt", "2.72", "2.71"),
        ("shapes/square.py", "r**2", "r * r"),
    ],
)
def test_how_it_is_written_and_what_is_not_needed_does_not_count(tmp_path, name, old, new):
    assert not changes(tmp_path, name, old, new)


def test_a_misspelt_module_is_an_error():
    with pytest.raises(ModuleNotFoundError, match="no module starnmf"):
        checksum_of_code("starnmf.volume")
