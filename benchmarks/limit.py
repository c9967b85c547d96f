"""The limit: Polars reads the CSV as text and writes Parquet, no rule, no verdict.

Usage: python -m benchmarks.limit CSV FOLDER
"""

import sys
from pathlib import Path

import polars as pl

if __name__ == "__main__":
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    pl.scan_csv(source, infer_schema=False, truncate_ragged_lines=True).sink_parquet(folder / "limit.parquet")
