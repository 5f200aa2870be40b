"""Flows of jobflow, as FireWorks Workflows."""

from jobflow import Flow, Response, job
from jobflow.managers.fireworks import flow_to_workflow


@job
def add(a, b):
    return a + b


@job
def expand(numbers):
    """Replaces itself by a Flow, the output of which becomes its own."""
    sums = [add(number, 1) for number in numbers]
    total = add_all([one.output for one in sums])
    return Response(replace=Flow([*sums, total], output=total.output))


@job
def add_all(numbers):
    return sum(numbers)


@job
def also(number):
    return Response(output=number, addition=add(number, 100), stored_data={"also": number * 1.0})


@job
def around(number):
    return Response(output=number, detour=add(number, 1000))


@job
def give_up(number):
    return Response(output=number, stop_children=True)


def dynamic():
    first = add(1, 2)
    expanded = expand([first.output, 2.5])
    added = also(expanded.output)
    detoured = around(added.output)
    last = add(detoured.output, expanded.output)
    flow = Flow([first, expanded, added, detoured, last], output=last.output, name="dynamic")
    return flow_to_workflow(flow, metadata={"of": "a test"})


def stopping():
    first = add(1, 2)
    stopped = give_up(first.output)
    never = add(stopped.output, 1)
    neither = add(never.output, 1)
    return flow_to_workflow(Flow([first, stopped, never, neither], name="stopping"))
