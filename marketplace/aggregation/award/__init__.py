"""The award engine: who supplies whom, proven. Pure: arrays in, arrays out, no database and no web.

`instance.read` or `instance.parse` makes an Instance, `engine.award` an Award, `verify.verify` its faults,
`explain` its reasons, `divide.divide` the shares of a common sum. The solver is imported where it solves.
"""
