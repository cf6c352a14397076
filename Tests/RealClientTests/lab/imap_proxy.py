"""A proxy before an IMAP server that is slow, knows what is said, and acts at a chosen moment of the conversation."""
import asyncio
import contextlib
import os
import re
import ssl
import threading

COMMAND = re.compile(r"([A-Z]+\d+) (.*)")
ANSWER = re.compile(r"([A-Z]+\d+) (?:OK|NO|BAD)\b")
LONGEST_LINE = 1 << 20
PAUSE = 0.02  # seconds; shorter ones would be made longer by the timer


class ImapProxy:
    """`with ImapProxy(server) as proxy:` listens on `proxy.port` with implicit TLS and the certificate of the Dovecot `server`.

    What the server says goes on with `rate` bytes a second, or as fast as it comes where that is None.
    """

    def __init__(self, server):
        self.server = server
        self.rate = None
        self.port = None
        self.done = threading.Event()  # what `watch` is to do has been done
        self._watched = None
        self._debt = 0

    def start(self):
        certificate = (os.path.join(self.server.root, "tls", name) for name in ("server.crt", "server.key"))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        self._loop = asyncio.new_event_loop()
        self._listener = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context, limit=LONGEST_LINE))
        self.port = self._listener.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def watch(self, action, kind, pattern="", number=1, after=0):
        """Calls `action` once, `after` seconds from the moment when something of this kind happens for the number-th time.

        The kinds are "connected", "sent" (a command that has the regular expression `pattern`) and "answered" (such a command
        has its answer). Without a delay nothing more goes on to the client before the action has been done.
        """
        self.done.clear()
        self._watched = [action, kind, re.compile(pattern), number, after]

    # Inside, all in the thread of the loop

    async def _serve(self, reader, writer):
        self._happened("connected")
        with contextlib.suppress(OSError, ValueError):  # a client that was killed, or a line too long
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.server.ports["imap"], limit=LONGEST_LINE)
            commands = {}
            try:
                ways = [asyncio.ensure_future(way) for way in (self._forward_commands(reader, to_server, commands),
                                                               self._forward_answers(from_server, writer, commands))]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
            finally:
                to_server.close()
        writer.close()

    async def _forward_commands(self, reader, writer, commands):
        async for line in reader:  # whatever is said ends with a line end at last
            writer.write(line)
            await writer.drain()
            if match := COMMAND.match(line.decode("latin-1")):
                commands[match[1]] = match[2].rstrip()
                self._happened("sent", commands[match[1]])

    async def _forward_answers(self, reader, writer, commands):
        async for line in reader:
            await self._throttle(len(line))
            writer.write(line)
            await writer.drain()
            match = ANSWER.match(line[:40].decode("latin-1"))
            if match and match[1] in commands:
                self._happened("answered", commands.pop(match[1]))

    async def _throttle(self, size):
        if self.rate:
            self._debt += size / self.rate
            if self._debt > PAUSE:
                pause, self._debt = self._debt, 0
                await asyncio.sleep(pause)

    def _happened(self, kind, command=""):
        watched = self._watched
        if not watched or kind != watched[1] or not watched[2].search(command):
            return
        watched[3] -= 1
        if watched[3] == 0:
            if watched[4]:
                self._loop.call_later(watched[4], self._act, watched[0])
            else:
                self._act(watched[0])

    def _act(self, action):
        try:
            action()
        finally:
            self.done.set()

    async def _close(self):
        self._listener.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
