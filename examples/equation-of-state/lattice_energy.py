"""Energy per atom of an fcc crystal of Lennard-Jones atoms: lattice_energy.py EPSILON SIGMA LATTICE_CONSTANT

EPSILON in eV, lengths in angstrom. Prints the lattice constant and the energy in eV.
"""

import sys

NEIGHBOURS = 14  # in half lattice constants along each axis; beyond it about 1e-5 of the energy is missing

epsilon, sigma, lattice_constant = (float(word) for word in sys.argv[1:4])
axis = range(-NEIGHBOURS, NEIGHBOURS + 1)
energy = 0.0
for i in axis:
    for j in axis:
        for k in axis:
            if (i + j + k) % 2 == 0 and (i, j, k) != (0, 0, 0):
                distance = lattice_constant / 2 * (i * i + j * j + k * k) ** 0.5
                attraction = (sigma / distance) ** 6
                energy += 2 * epsilon * (attraction * attraction - attraction)
print(f"{lattice_constant:.5f} {energy:.8f}")
