"""Benchmarks: wall time and peak memory in processes of their own, with ratios that machines share."""
