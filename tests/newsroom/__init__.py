"""A newsroom for tests that misbehaves on demand, with a mail room and a webhook receiver that can too.

``Newsroom`` is one site on a port of its own; ``FaultyMailRoom`` and ``FaultyReceiver`` are the
demo's servers with switches.
"""

from tests.newsroom.channels import FaultyMailRoom, FaultyReceiver
from tests.newsroom.faults import Fault
from tests.newsroom.site import Newsroom

__all__ = ["Fault", "FaultyMailRoom", "FaultyReceiver", "Newsroom"]
