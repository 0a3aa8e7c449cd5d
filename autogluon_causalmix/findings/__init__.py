"""What a fit report means: coded findings with what to do about them.

`check` makes a check of a function, `register` adds it; `PredictorReport.findings` asks all of them.
"""

from autogluon_causalmix.findings.finding import Check, Finding, Tab, Verdict, check
from autogluon_causalmix.findings.registry import all_checks, register, unregister

__all__ = ["Check", "Finding", "Tab", "Verdict", "all_checks", "check", "register", "unregister"]
