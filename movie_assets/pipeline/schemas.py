"""Column schemas for the UI, derived from the contract."""

import dagster as dg

from movie_assets.contract import Contract
from movie_assets.warehouse.tables import LOAD_COLUMNS

# A contract may import pandera, which takes a second: only steps that use it anyway call these.


def stored_columns(contract: Contract) -> dg.TableSchema:
    """The contract's columns, typed as in the target table."""
    return dg.TableSchema(
        [_column(c.stored_name, c.target_type, c.description or None, c.nullable) for c in contract.columns]
    )


def loaded_columns(contract: Contract) -> dg.TableSchema:
    """The contract's columns, then those the load adds."""
    added = [_column(column.name, column.type, "Added by the load", False) for column in LOAD_COLUMNS]
    return dg.TableSchema([*stored_columns(contract).columns, *added])


def one_to_one(contract: Contract, upstream: dg.AssetKey) -> dg.TableColumnLineage:
    """Each column comes from the column of its name."""
    return dg.TableColumnLineage({name: [dg.TableColumnDep(upstream, name)] for name in contract.names})


def _column(name: str, type_: str, description: str | None, nullable: bool) -> dg.TableColumn:
    constraints = dg.TableColumnConstraints(nullable=nullable)
    return dg.TableColumn(name, type_, description=description, constraints=constraints)
