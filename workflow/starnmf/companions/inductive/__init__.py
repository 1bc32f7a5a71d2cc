"""Non-linear inductive matrix completion: one-layer networks of Zhong, Song, Jain and Dhillon (2018)."""
