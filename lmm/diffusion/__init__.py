"""How noise becomes motion. Knows "a denoiser", not which: objective, guidance per stream, sampler, noise as a function of time."""
