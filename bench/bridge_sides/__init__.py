"""Both clients of the comparison in processes of their own, the robot, and what is measured of them."""
