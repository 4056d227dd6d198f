"""What a user would pick instead of the model: small, faithful, measured in the same run.

interpolation   nothing learned: the last pose held, its speed kept, poses joined by arcs or by splines
retrieval       nearest neighbour: training motion looked up by caption or by what is given (bank), and put in its place (pasting)
codes           motion as codes of four frames: the tokenizer of T2M-GPT
gpt             a sentence to codes, one after the other: its transformer (lmm.telling makes motions of them)
"""
