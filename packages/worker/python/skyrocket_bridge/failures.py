"""What went wrong, in a form that can be sent."""

import json
import sys
import traceback

STACK_TRACE_CHARACTERS = 200_000
SUMMARY_CHARACTERS = 1000
DETAILS_CHARACTERS = 1_000_000


def failure(error, during):
    """Describes an exception as FireWorks stores it (stack trace, its own details), and in a line for a sentence.

    Our own frames are left out: they tell the user nothing.
    """
    below = error.__traceback__.tb_next if error.__traceback__ else None
    return {
        "during": during,
        "summary": shorten(summary(error), SUMMARY_CHARACTERS),
        "stacktrace": shorten(
            "".join(traceback.format_exception(type(error), error, below)), STACK_TRACE_CHARACTERS
        ),
        "details": details(error),
    }


def summary(error):
    return "".join(traceback.format_exception_only(type(error), error)).strip()


def details(error):
    """`to_dict()` of the exception, when it has one that can be stored."""
    try:
        from fireworks.utilities.fw_serializers import recursive_dict

        found = recursive_dict(error.to_dict())
        return found if len(json.dumps(found)) <= DETAILS_CHARACTERS else None
    except BaseException:
        return None


def show(told):
    """Prints a stack trace where tasks print theirs, as FireWorks does."""
    try:
        print(told["stacktrace"], file=sys.stderr, end="", flush=True)
    except Exception:
        return  # the task has closed or replaced the stream; the stack trace is told anyway


def shorten(text, limit):
    """Keeps both ends: the kind of error stands at the end of a stack trace, its origin at the beginning."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[… {len(text) - limit} characters …]\n{text[-half:]}"
