"""Firetasks that change their Workflow while it runs."""

from fireworks import FiretaskBase, Firework, FWAction, Workflow, explicit_serialize


@explicit_serialize
class AddFibonacci(FiretaskBase):
    """Adds two numbers, and a Firework that adds the next two, until a limit is reached."""

    required_params = ["limit"]

    def run_task(self, fw_spec):
        smaller, larger = fw_spec["smaller"], fw_spec["larger"]
        total = smaller + larger
        if total > self["limit"]:
            return FWAction(stored_data={"last": larger})
        following = Firework(AddFibonacci(limit=self["limit"]), {"smaller": larger, "larger": total}, name="fibonacci")
        return FWAction(stored_data={"total": total, "half": total / 2}, additions=following)


@explicit_serialize
class Refine(FiretaskBase):
    """Halves a residual, by a detour of two Fireworks each time, before its children may go on."""

    def run_task(self, fw_spec):
        residual = fw_spec["residual"] / 2
        found = {"residual": residual, "history": [*fw_spec.get("history", []), residual]}
        if residual < 1:
            return FWAction(stored_data=found, update_spec=found, mod_spec=[{"_push": {"reached_by": self.fw_id > 0}}])
        smooth = Firework(Smooth(), spec=found, name="smooth")
        again = Firework(Refine(), spec={"_add_launchpad_and_fw_id": True}, parents=[smooth], name="refine")
        return FWAction(stored_data=found, detours=Workflow([smooth, again], name="once more"))


@explicit_serialize
class Smooth(FiretaskBase):
    def run_task(self, fw_spec):
        return FWAction(update_spec={key: fw_spec[key] for key in ("residual", "history")})


@explicit_serialize
class Collect(FiretaskBase):
    def run_task(self, fw_spec):
        return FWAction(stored_data={key: fw_spec.get(key) for key in ("residual", "history", "reached_by")})


def fibonacci():
    first = Firework(AddFibonacci(limit=40), {"smaller": 0, "larger": 1}, name="fibonacci")
    return Workflow([first], name="fibonacci", metadata={"of": "a test"})


def refinement():
    refine = Firework(Refine(), {"residual": 3.0, "_add_launchpad_and_fw_id": True}, name="refine")
    collect = Firework(Collect(), name="collect", parents=[refine])
    return Workflow([refine, collect], name="refinement")
