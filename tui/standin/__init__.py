"""A faithful double of the Connection Analytics query endpoint, with a simulated fleet behind it.

It is written from the endpoint's documentation alone and shares no code with the program that
asks it, so that one misreading cannot cancel itself out.
"""
