"""What a task returned, as the document that FireWorks would have stored."""

from fireworks.core.firework import FWAction


def action_document(action):
    """None for no action. Raises TypeError, with the place, for what is no FWAction or cannot be stored."""
    if not action:
        return None
    if not isinstance(action, FWAction):
        raise TypeError(f"run_task returned an object of type {type(action).__name__}, not an FWAction or None")
    document = action.to_dict()
    check_keys(document)
    return document


def check_keys(document):
    """Keys that are no strings are refused, as FireWorks' database refuses them: in JSON they would become strings."""
    waiting = [("", document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                if not isinstance(key, str):
                    raise TypeError(
                        f"{place or 'the action'} has the key {key!r} of type {type(key).__name__}; keys must be strings"
                    )
                if isinstance(item, (dict, list)):
                    waiting.append((f"{place}.{key}" if place else key, item))
        elif isinstance(value, list):
            waiting.extend((f"{place}.{index}", item) for index, item in enumerate(value) if isinstance(item, (dict, list)))
