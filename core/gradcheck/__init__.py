"""The gradient checker: does the gradient that the engine computes agree with the function itself?"""

from .check import gradcheck
from .report import Entry, GradcheckError, InputReport, Report

__all__ = ["Entry", "GradcheckError", "InputReport", "Report", "gradcheck"]
