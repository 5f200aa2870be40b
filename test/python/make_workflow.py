"""Writes a Workflow of `campaigns/` as a file, as users do: make_workflow.py MODULE FUNCTION FILE"""

import importlib
import sys

module, function, file = sys.argv[1:]
getattr(importlib.import_module(module), function)().to_file(file)
