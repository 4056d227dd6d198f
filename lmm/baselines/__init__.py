"""What a user would pick instead of the model: small, faithful, measured in the same run.

interpolation   nothing learned: the last pose held, its speed kept, poses joined by arcs or by splines
retrieval       nearest neighbour: training motion looked up by caption or by what is given (bank), and put in its place (pasting)
"""
