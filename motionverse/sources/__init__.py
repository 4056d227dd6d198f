"""Data sets, one file each, over one contract (source.Source); table.SOURCES names them all."""
