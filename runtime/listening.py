"""Listening on a port, and saying which setting to change where that fails."""

from aiohttp import web

from schemas.errors import StopError


class CannotListenError(StopError):
    """A port is taken, or an address isn't this machine's."""

    def __init__(self, setting: str, host: str, port: int, error: OSError) -> None:
        super().__init__(
            f"{setting}__PORT = {port} can't be listened on at {setting}__HOST = {host!r}: "
            f"{error.strerror or error}. Name another port or address, or end what listens there; "
            "port 0 takes a free one."
        )


async def listen(runner: web.AppRunner, setting: str, host: str, port: int) -> int:
    """Have an app that is set up listen.

    Args:
        runner: The app's.
        setting: What names of the settings `…__HOST` and `…__PORT` begin with.
        host: Address to listen on.
        port: Port; 0 takes a free one.

    Returns:
        The port.

    Raises:
        CannotListenError: Nothing can listen there.

    """
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise CannotListenError(setting, host, port, error) from error
    return int(runner.addresses[0][1])
