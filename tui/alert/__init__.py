"""Alerts on their way to people: the terminal, a webhook, a command, Apprise.

Nothing here holds up whoever has something to tell, and no channel that fails harms another.
"""
