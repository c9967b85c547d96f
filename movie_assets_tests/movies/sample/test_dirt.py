import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from movie_assets.errors import PipelineError
from movie_assets.movies.sample import DIRT, FIRST_DAY, write_sample
from movie_assets.movies.sample.films import HEADER

ROWS = 2000


def dirty(tmp_path: Path, kind: str, share: float = 0.01) -> tuple[bytes, int]:
    """The file of a sample with one kind of dirt, and how many rows have it."""
    path = tmp_path / "movies.csv"
    report = write_sample(path, ROWS, FIRST_DAY, dirt={kind: share})
    assert list(report.dirt) == [kind]
    assert report.rows == ROWS
    raw = path.read_bytes()
    assert report.lines == raw.count(b"\n")
    return raw, report.dirt[kind]


def records(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode(), newline=""), strict=True))[1:]


def cells(raw: bytes, name: str) -> list[str]:
    return [record[HEADER.index(name)] for record in records(raw)]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


SHOWN = {
    "blank_title": ("Series_Title", lambda cell: cell == ""),
    "blank_meta_score": ("Meta_score", lambda cell: cell == ""),
    "year_not_a_year": ("Released_Year", lambda cell: not cell.isdigit()),
    "rating_out_of_range": ("IMDB_Rating", lambda cell: not 0 <= float(cell) <= 10),
    "number_too_large": ("No_of_Votes", lambda cell: float(cell) > 2**31),
    "over_long_genre": ("Genre", lambda cell: len(cell) > 200),
    "quoted_newline": ("Overview", lambda cell: "\n" in cell),
    "non_ascii_name": ("Director", lambda cell: any(ord(letter) > 0xFF for letter in cell)),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_a_kind_of_dirt_shows_in_as_many_cells_as_reported(tmp_path: Path, kind: str) -> None:
    raw, count = dirty(tmp_path, kind)
    name, shows = SHOWN[kind]
    assert sum(map(shows, cells(raw, name))) == count
    assert 18 <= count <= 22
    assert {len(record) for record in records(raw)} == {16}


def test_text_stands_in_any_of_the_number_columns(tmp_path: Path) -> None:
    raw, count = dirty(tmp_path, "text_in_number")
    found = [
        sum(not is_number(cell) for cell in cells(raw, name)) for name in ("IMDB_Rating", "Meta_score", "No_of_Votes")
    ]
    assert sum(found) == count
    assert min(found) > 0


def test_every_duplicate_link_is_there_at_least_twice(tmp_path: Path) -> None:
    raw, count = dirty(tmp_path, "duplicate_link")
    times = Counter(cells(raw, "Poster_Link"))
    shared = {link: number for link, number in times.items() if number > 1}
    assert sum(number - 1 for number in shared.values()) == count
    assert len(shared) == 2


def test_ragged_lines_have_a_cell_too_many_or_too_few(tmp_path: Path) -> None:
    raw, count = dirty(tmp_path, "ragged_line", share=0.05)
    widths = Counter(len(record) for record in records(raw))
    assert widths.keys() == {15, 16, 17}
    assert widths[15] + widths[17] == count
    assert all(record[-1] for record in records(raw) if len(record) != 16)


def test_bytes_that_are_not_utf8_and_nuls_are_really_there(tmp_path: Path) -> None:
    raw, count = dirty(tmp_path, "bad_utf8")
    assert raw.count(b" Caf\xe9,") == count > 0
    with pytest.raises(UnicodeDecodeError):
        raw.decode()
    raw, count = dirty(tmp_path, "nul_byte")
    assert raw.count(b"\x00") == count > 0


def test_by_default_a_twentieth_of_the_rows_is_dirty_but_every_byte_is_text(tmp_path: Path) -> None:
    report = write_sample(tmp_path / "movies.csv", ROWS)
    assert sum(DIRT.values()) == pytest.approx(0.05)
    assert sum(report.dirt.values()) == pytest.approx(ROWS * 0.05, abs=5)
    assert report.dirt.keys() == {kind for kind, share in DIRT.items() if share}
    assert b"\x00" not in (tmp_path / "movies.csv").read_bytes()
    (tmp_path / "movies.csv").read_bytes().decode()


def test_another_day_has_its_dirt_in_other_rows(tmp_path: Path) -> None:
    blank = []
    for day in (FIRST_DAY, FIRST_DAY.replace(day=25)):
        write_sample(tmp_path / "movies.csv", ROWS, day, dirt={"blank_title": 0.01})
        titles = cells((tmp_path / "movies.csv").read_bytes(), "Series_Title")
        blank.append({row for row, title in enumerate(titles) if not title})
    assert blank[0] != blank[1]


@pytest.mark.parametrize(
    ("dirt", "message"),
    [
        ({"blank_titel": 0.1}, "'blank_titel' is not a kind of dirt. Hint: Did you mean 'blank_title'?"),
        ({"mud": 0.1}, "'mud' is not a kind of dirt. Hint: Known are blank_title, "),
        ({"blank_title": 1.5}, "The share of 'blank_title' is 1.5. Hint: A share of rows is between 0 and 1."),
        ({"blank_title": 0.6, "nul_byte": 0.6}, "The shares of dirt add up to 1.2."),
    ],
    ids=["near", "unknown", "above one", "together above one"],
)
def test_impossible_dirt_is_refused(tmp_path: Path, dirt: dict[str, float], message: str) -> None:
    with pytest.raises(PipelineError) as refused:
        write_sample(tmp_path / "movies.csv", 10, dirt=dirt)
    assert str(refused.value).startswith(message)
    assert list(tmp_path.iterdir()) == []
