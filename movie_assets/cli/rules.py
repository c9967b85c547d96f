"""`dqdl rules`: the support matrix."""

import click

from movie_assets.cli.check import dqdl
from movie_assets.cli.options import console


@dqdl.command()
@click.argument("rule_type", required=False)
@click.option("--markdown", is_flag=True, help="Print the page docs/rule_types.md.")
def rules(rule_type: str | None, markdown: bool) -> None:
    """Show every rule type, or what RULE_TYPE measures and where engines differ."""
    from movie_assets.dqdl.declaring import matrix
    from movie_assets.dqdl.rules import RULE_TYPES

    if markdown:
        console().print(matrix.markdown(RULE_TYPES), end="")
    elif rule_type:
        _describe(rule_type)
    else:
        _table()


def _table() -> None:
    from movie_assets.cli.terminal import Listing
    from movie_assets.dqdl.declaring.matrix import matrix
    from movie_assets.dqdl.rules import RULE_TYPES

    shown = Listing("rule type", "parameters", "condition", "rows", "where", "threshold", "dynamic", "analyzer")
    for row in matrix(RULE_TYPES):
        marks = (row.row_level, row.where, row.threshold, row.dynamic, row.analyzer)
        shown.add(row.name, row.parameters, row.conditions, *marks)
    console().print(shown)


def _describe(name: str) -> None:
    from movie_assets.dqdl.declaring.matrix import matrix
    from movie_assets.dqdl.rules import RULE_TYPES

    rows = {row.name.lower(): row for row in matrix(RULE_TYPES)}
    row = rows.get(name.lower())
    if row is None:
        raise click.BadParameter(f"there is no rule type '{name}'; `dqdl rules` lists them all")
    sayings = (("", row.meaning), ("AWS Glue: ", row.glue), ("open engine: ", row.open_engine), ("here: ", row.ours))
    out = console()
    out.print(f"{row.name} {row.parameters}")
    for who, said in sayings:
        if said:
            out.print(f"{who}{said}")
