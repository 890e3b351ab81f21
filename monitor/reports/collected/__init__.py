"""What units and organisations enter because only they know it: reporters, their counts, the fields they are asked, their days."""
