from monty.json import MSONable


class Sample(MSONable):
    def __init__(self, name, values):
        self.name = name
        self.values = values
