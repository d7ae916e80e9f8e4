"""Steppers, processes that train for one visitor while that visitor looks: nothing of them is stored."""
