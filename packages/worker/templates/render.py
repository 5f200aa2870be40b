"""Renders one Jinja2 template as TemplateWriterTask does: the call comes in as JSON, the text goes out."""

import json
import sys

CANNOT_IMPORT = 3


def main():
    try:
        from jinja2 import Environment, FileSystemLoader
    except ImportError as error:
        sys.stderr.write(str(error))
        return CANNOT_IMPORT
    call = json.load(sys.stdin)
    environment = Environment(loader=FileSystemLoader(call["directory"]), autoescape=True)
    try:
        with open(call["template"], encoding="utf-8") as file:
            template = environment.from_string(file.read())
        sys.stdout.write(template.render(call["context"]))
    except Exception as error:
        line = getattr(error, "lineno", None) or line_of_template(error.__traceback__)
        place = f"line {line}: " if line else ""
        sys.stderr.write(f"{place}{type(error).__name__}: {error}")
        return 1
    return 0


def line_of_template(traceback):
    """Jinja2 puts the lines of templates into tracebacks."""
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in ("<template>", "<unknown>"):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


sys.exit(main())
