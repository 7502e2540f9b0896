//! Private keys: token, pairwise and vault keys, made once, never printed.
