from fireworks import FiretaskBase, FWAction


class MeasureTask(FiretaskBase):
    _fw_name = "MeasureTask"
    required_params = ["what"]

    def run_task(self, fw_spec):
        return FWAction(stored_data={"measured": self["what"]})
