"""The contract of a feed's rows, declared once by a pandera model: header, casts, checks, stored types."""

from movie_assets.contract.columns import LINE_NUMBER, MAX_BYTES, ContractColumn
from movie_assets.contract.contract import Contract

__all__ = ["LINE_NUMBER", "MAX_BYTES", "Contract", "ContractColumn"]
