"""Steppers: processes that train for one visitor, step by step, while that visitor looks. Nothing they do is stored."""
