"""The landed lines as the rules see them: cells cast by the contract, with its blanks, and its violations."""

from movie_assets.contract import Contract
from movie_assets.contract.column_casts import Cast
from movie_assets.dqdl.declaring.plan import ROW_ID
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.judging.tables import CELLS, LINES, VIOLATIONS
from movie_assets.quoting import identifier, literal


def computed_columns(contract: Contract) -> dict[str, str]:
    """The columns of cast values beside the texts of the lines: cast once, read by every pass."""
    return {_value(cast): cast.value for cast in contract.casts() if cast.refuses}


def lay_views(engine: DuckDBEngine, contract: Contract) -> None:
    """Create the views that rules and contract read, and the table of cells that can't be cast."""
    casts = contract.casts()
    names = ", ".join(identifier(cast.column.stored_name) for cast in casts)
    cells = ", ".join(
        f"{identifier(_value(cast)) if cast.refuses else cast.value} AS {identifier(cast.column.stored_name)}"
        for cast in casts
    )
    engine.execute(f"CREATE VIEW {CELLS} AS SELECT rowid AS {ROW_ID}, line_number, {cells} FROM {LINES}")
    engine.set_primary(CELLS, names, ROW_ID)
    broken = [
        f"SELECT rowid, {literal(cast.column.stored_name)} AS name, {cast.text} AS text, "
        f"{cast.violation(identifier(_value(cast)))} AS reason FROM {LINES} WHERE reason IS NOT NULL"
        for cast in casts
        if cast.refuses
    ]
    engine.execute(
        f'CREATE TEMP TABLE {VIOLATIONS} ({ROW_ID} BIGINT, "column" VARCHAR, "value" VARCHAR, reason VARCHAR)'
    )
    if broken:
        engine.execute(f"INSERT INTO {VIOLATIONS} {' UNION ALL '.join(broken)}")


def _value(cast: Cast) -> str:
    return f"__{cast.column.stored_name}"
