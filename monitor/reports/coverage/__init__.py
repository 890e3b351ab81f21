"""Coverage: smartphone users against declarations in force, control points, cameras, units that fell behind, and lists for the doors."""
