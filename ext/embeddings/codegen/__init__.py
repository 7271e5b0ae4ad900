"""How a loop is written out for the machine: unrolled, in vector registers, with rows asked for in advance."""
