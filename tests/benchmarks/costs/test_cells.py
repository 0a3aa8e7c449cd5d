"""What a cell costs: a short run measures, tells and draws."""

import dataclasses

import pytest

from benchmarks.costs import cells


@pytest.mark.slow
@pytest.mark.alone
def test_a_short_run_tells_both(tmp_path, capsys):
    cells.main(folds=1, smoke=True, out=tmp_path)
    report = (tmp_path / "report.md").read_text()
    assert report.strip() in capsys.readouterr().out
    assert "| phoneme   | untuned |" in report and "| phoneme   | default |" in report
    assert "times as fast" in report and (tmp_path / "cost.png").stat().st_size > 10_000


def test_a_cell_that_fails_stops_the_measurement(tmp_path):
    broken = dataclasses.replace(cells.STUDY, methods={"broken": {"method": "default"}}, measure="benchmarks.nowhere:f")
    broken_cells = list(broken.cells(datasets=["phoneme"], folds=1))
    with pytest.raises(RuntimeError, match="1 of 1 cells failed; the first one: ModuleNotFoundError"):
        cells._measured(broken_cells, tmp_path, workers=0)
