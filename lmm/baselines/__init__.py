"""What a user would pick instead of the model: small, faithful, measured in the same run.

interpolation   nothing learned: the last pose held, its speed kept, poses joined by arcs or by splines
"""
