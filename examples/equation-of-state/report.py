"""Prints what FW.json of the current directory says about the crystal and its equation of state."""

import json

with open("FW.json") as file:
    spec = json.load(file)["spec"]
crystal, found = spec["crystal"], spec["equation_of_state"]
print(f"{crystal['element']}: lattice constant {found['lattice_constant']:.3f} angstrom", end=", ")
print(f"{found['energy']:.4f} eV per atom, bulk modulus {found['bulk_modulus']:.2f} GPa")
