"""Columns as the UI shows them, read off the contract."""

import dagster as dg

# The contract brings pandera, which takes a second to import: only steps that ran it anyway call these.


def movie_columns() -> dg.TableSchema:
    """The 16 columns, typed as in the target table."""
    from movie_assets.contract import dagster_columns

    return dg.TableSchema([_column(*column) for column in dagster_columns()])


def loaded_columns() -> dg.TableSchema:
    """The 16 columns, then those the load adds."""
    from movie_assets.contract import LOAD_COLUMNS

    added = [_column(name, type_, "Added by the load", False) for name, type_ in LOAD_COLUMNS.items()]
    return dg.TableSchema([*movie_columns().columns, *added])


def one_to_one(upstream: dg.AssetKey) -> dg.TableColumnLineage:
    """Each of the 16 columns comes from the column of its name."""
    from movie_assets.contract import dagster_columns

    return dg.TableColumnLineage({name: [dg.TableColumnDep(upstream, name)] for name, *_ in dagster_columns()})


def _column(name: str, type_: str, description: str, nullable: bool) -> dg.TableColumn:
    constraints = dg.TableColumnConstraints(nullable=nullable)
    return dg.TableColumn(name, type_, description=description, constraints=constraints)
