"""The network: tensors in, tensors out. No path, no dataset name, no diffusion schedule.

Axes: B batch, T frames, P parts, L channels of a part, D features, S condition tokens, C condition channels,
E experts, N template rows.
"""
