"""A small local newsroom, a mail room and a webhook receiver, and the demonstration that uses them.

Nothing here is needed to watch the real press. ``run`` is what `claimwatch demo` calls; the
servers are also the ground on which the acceptance tests stand.
"""
