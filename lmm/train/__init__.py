"""Training: recipe -> weights. curriculum draws, feed prepares, loss judges, loop turns, checkpoint keeps, log tells."""
