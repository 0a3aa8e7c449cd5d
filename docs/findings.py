"""Write docs/findings.md, the page of all codes, from the checks as they are.

python docs/findings.py            # prints the page
python docs/findings.py --write    # writes it
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from autogluon_causalmix.findings.registry import CHECKS

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# Findings

`report(predictor).findings()` says what the fit reports mean: **issues**, **tips**, and what **passed**. A check
looks at all folds of a model. One whose figures a fit did not measure (fidelity needs rows and time, a comparison of
folds needs folds) is absent, which is not the same as passed. Checks are asked when `findings()` is first
called, each one once; printing the report asks none.

Mute a code for one call: `findings(mute=["CM403"])`.

Add a check of your own; its code begins with other letters than ours, and it is asked from then on:

```python
from autogluon_causalmix.findings import Verdict, check, register


@register
@check("MY101", "The table has enough rows", "Collect more rows.")
def enough_rows(folds):
    \"\"\"Fewer than 100 training rows in a fold.\"\"\"
    fewest = min(report["rows_training"] for report in folds.values())
    return Verdict("tip" if fewest < 100 else "passed", f"{fewest} training rows.")
```

`folds` is `{fold: report}`, a report being the dictionary of `finetune.report.FitReport`; give back `None` where it
lacks what you need. If a check raises, a warning says so and the others still answer.

This page is written by `python docs/findings.py --write`.
"""
GROUPS = {
    "CM1": "Validation",
    "CM2": "Synthetic rows",
    "CM3": "The causal graph",
    "CM4": "How the fit went",
}


def page() -> str:
    """Return the page as Markdown."""
    parts, group = [HEAD], None
    for one in CHECKS:
        if one.code[:3] != group:
            group = one.code[:3]
            parts.append(f"## {GROUPS[group]}\n")
        looked_for, _, rest = inspect.getdoc(one.judge).partition("\n\n")
        parts.append(f"### {one.code}: {looked_for.rstrip('.')}\n\n{rest}\n\n**What to do.** {one.remedy}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page())
    else:
        sys.stdout.write(page())
