"""Training: recipe -> weights. curriculum draws, feed prepares, loss judges, loop turns, checkpoint keeps, log tells."""

import os

# read by OpenMP when torch is first imported: threads that wait for each other sleep instead of spinning, without which a
# step takes twenty times as long on a machine that has anything else to do
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
