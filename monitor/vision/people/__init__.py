"""People in pictures, who have no face to see."""
