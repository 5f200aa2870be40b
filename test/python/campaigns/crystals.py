"""A flow of atomate2 that really computes: an argon crystal is relaxed, and then its energy is computed again."""

from atomate2.ase.jobs import LennardJonesRelaxMaker, LennardJonesStaticMaker
from jobflow import Flow
from jobflow.managers.fireworks import flow_to_workflow
from pymatgen.core import Lattice, Structure

ARGON = {"sigma": 3.4, "epsilon": 0.0104, "rc": 10.0, "smooth": True}


def argon():
    crystal = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.9), ["Ar"], [[0, 0, 0]])
    crystal.translate_sites([0], [0.03, 0.01, 0.0])
    relax = LennardJonesRelaxMaker(calculator_kwargs=ARGON, relax_cell=True, steps=200).make(crystal)
    static = LennardJonesStaticMaker(calculator_kwargs=ARGON).make(relax.output.structure)
    return flow_to_workflow(Flow([relax, static], name="argon"))
