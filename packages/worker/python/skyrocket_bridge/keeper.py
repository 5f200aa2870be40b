"""The kept interpreter: it has imported FireWorks and nothing of the user's, and starts one process per Firework.

It is one thread and one loop, so that it may fork at any time. It passes bytes between the worker and the processes,
keeps the last output of each, and reaps them. It never waits for anyone: what a slow reader has not taken stays in a
buffer, and when much of it is output, tasks are no longer read from and wait in their `print`.

When the worker is gone (the end of descriptor 3) the process groups get SIGTERM, a grace, and SIGKILL. When this
interpreter is gone, each process sees the end of the lifeline, a pipe that only this interpreter can write to.
"""

import json
import os
import selectors
import signal
import socket
import time

from . import firework_process, wire
from .child import Child
from .greeting import greeting
from .nonblocking import flush, read_some
from .starting import StartedProcess, start_process

CONTROL, OUTPUT = 3, 4
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
TAIL_BYTES = 8192
WAITING_OUTPUT_BYTES = 1 << 20
CHUNK_BYTES = 1 << 16
POLL_SECONDS = 0.05
# More than a process needs from closing its descriptors to its end.
ENDING_SECONDS = 0.5
# A batch system signals every process that it knows; it is the worker that decides what becomes of tasks.
WORKERS_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def keep(start_method, grace_seconds, script):
    """Serves the worker until it is gone; in each process that is forked it runs one Firework instead."""
    for fd in (CONTROL, OUTPUT):
        os.set_inheritable(fd, False)
        os.set_blocking(fd, False)
    for number in WORKERS_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    keeper = Keeper(start_method, grace_seconds, script)
    keeper.tell(greeting(start_method))
    channels = keeper.serve()
    if channels is None:
        os._exit(0)
    firework_process.run(*channels)


class Keeper:
    def __init__(self, start_method, grace_seconds, script):
        self.start_method = start_method
        self.grace_seconds = grace_seconds
        self.script = script
        self.children = {}
        self.readers = {}  # pipe -> what reads it; also those that a process left to others when it ended
        self.reading_output = True
        self.lingering = {}  # child -> the moment at which what is left of its process group is killed
        self.received = bytearray()
        self.to_worker = bytearray()
        self.output = bytearray()
        self.worker_gone = False
        self.become = None
        self.lifeline = os.pipe()
        self.selector = selectors.DefaultSelector()
        self.wakeup = socket.socketpair()
        for end in self.wakeup:
            end.setblocking(False)
        signal.set_wakeup_fd(self.wakeup[1].fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.watch(self.wakeup[0], READ, self.on_wakeup)
        self.watch(CONTROL, READ, self.on_control)

    def serve(self):
        """Runs until the worker and all processes are gone (None), or in a new process (its two channels)."""
        while not (self.worker_gone and not self.children and not self.lingering):
            for key, events in self.selector.select(POLL_SECONDS if self.lingering else None):
                if self.selector.get_map().get(key.fd) is not None:
                    key.data(events)
                if self.become is not None:
                    return self.become
            self.end_lingering_groups()
        return None

    def watch(self, fileobj, events, callback=None):
        if fileobj not in self.selector.get_map():
            if events:
                self.selector.register(fileobj, events, callback)
        elif events:
            self.selector.modify(fileobj, events, callback)
        else:
            self.selector.unregister(fileobj)

    # The worker

    def on_control(self, events):
        if events & WRITE:
            self.flush_to_worker()
        if not events & READ or self.worker_gone:
            return
        data = read_some(CONTROL, 1 << 20)
        if data is None:
            return
        if not data:
            self.on_worker_gone()
            return
        self.received += data
        while self.become is None:
            frame = self.next_frame()
            if frame is None:
                return
            channel, payload = frame
            if channel == 0:
                self.on_order(json.loads(payload))
            elif channel in self.children:
                self.send_to_child(self.children[channel], payload)

    def next_frame(self):
        header = wire.CONTROL_HEADER
        if len(self.received) < header.size:
            return None
        channel, length = header.unpack_from(self.received)
        if len(self.received) < header.size + length:
            return None
        payload = bytes(memoryview(self.received)[header.size : header.size + length])
        del self.received[: header.size + length]
        return channel, payload

    def on_order(self, order):
        number = order["id"]
        if order["op"] == "start":
            self.start(number)
            return
        child = self.children.get(number)
        if child is None:
            return
        if order["op"] == "interrupt":
            self.end_group(child, order["signal"])
        elif order["op"] == "tail":
            self.tell({"event": "tail", "id": number, "tail": self.drain(child)})
        elif order["op"] == "close":
            child.closing = True
            self.flush_to_child(child)

    def tell(self, message):
        self.send_to_worker(0, wire.encode(message))

    def send_to_worker(self, channel, payload):
        if not self.worker_gone:
            self.to_worker += wire.CONTROL_HEADER.pack(channel, len(payload)) + payload
            self.flush_to_worker()

    def flush_to_worker(self):
        flush(CONTROL, self.to_worker)
        self.watch(CONTROL, READ | WRITE if self.to_worker else READ, self.on_control)

    def on_worker_gone(self):
        self.worker_gone = True
        self.to_worker.clear()
        self.output.clear()
        self.watch(CONTROL, 0)
        self.watch(OUTPUT, 0)
        self.read_from_tasks(True)
        for child in self.children.values():
            self.end_group(child, signal.SIGTERM)

    # What tasks print

    def on_output(self, _events):
        self.flush_output()

    def flush_output(self):
        flush(OUTPUT, self.output)
        self.watch(OUTPUT, WRITE if self.output else 0, self.on_output)
        self.read_from_tasks(len(self.output) < WAITING_OUTPUT_BYTES)

    def read_from_tasks(self, wanted):
        if wanted != self.reading_output:
            self.reading_output = wanted
            for pipe, reader in self.readers.items():
                self.watch(pipe, READ if wanted else 0, reader)

    def open_pipe(self, child, stream):
        pipe = child.pipes[stream]
        self.readers[pipe] = lambda _events: self.read_pipe(child, stream)
        self.watch(pipe, READ if self.reading_output else 0, self.readers[pipe])

    def read_pipe(self, child, stream):
        """Passes on a part of what a task printed; False when there is none now."""
        pipe = child.pipes.get(stream)
        data = None if pipe is None else read_some(pipe, CHUNK_BYTES)
        if data is None:
            return False
        if not data:
            self.watch(pipe, 0)
            del self.readers[pipe], child.pipes[stream]
            os.close(pipe)
            return False
        child.tail += data
        del child.tail[:-TAIL_BYTES]
        self.print(child, stream, data)
        return True

    def print(self, child, stream, data):
        if not self.worker_gone:
            self.output += wire.OUTPUT_HEADER.pack(child.number, stream, len(data)) + data
            self.flush_output()

    def drain(self, child):
        """Reads about what the pipes of the process can hold, and returns the last of all that it printed."""
        for stream in (1, 2):
            for _ in range(16):
                if not self.read_pipe(child, stream):
                    break
        return child.tail.decode("utf-8", "replace")

    # The processes

    def start(self, number):
        try:
            started = start_process(self.start_method, self.script, self.lifeline[0])
        except OSError as error:
            self.tell({"event": "refused", "id": number, "reason": str(error.strerror)})
            return
        if not isinstance(started, StartedProcess):
            self.become = self.leave_to(started)
            return
        child = self.children[number] = Child(number, started)
        self.watch(child.control, READ, lambda events: self.on_child(child, events))
        for stream in (1, 2):
            self.open_pipe(child, stream)
        self.tell({"event": "started", "id": number, "pid": child.pid})

    def leave_to(self, channels):
        """In a new process: lets go of everything that belongs to the kept interpreter."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in WORKERS_SIGNALS:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        self.selector.close()
        for end in self.wakeup:
            end.close()
        os.close(self.lifeline[1])
        for pipe in self.readers:
            os.close(pipe)
        for child in self.children.values():
            child.control.close()
        for fd in (CONTROL, OUTPUT):
            os.close(fd)
        return channels

    def on_child(self, child, events):
        if child.ended:
            return  # this was ready in the same round in which the end was seen
        if events & WRITE:
            self.flush_to_child(child)
        if events & READ:
            self.read_child(child)

    def read_child(self, child):
        data = read_some(child.control.fileno(), 1 << 18)
        if data:
            self.send_to_worker(child.number, data)
        elif data is not None:
            # It closed its channel. If it is not ending, nothing can be heard from it any more, so it is ended.
            self.watch(child.control, 0)
            if not child.closing and not child.ended:
                child.cut_off = not child.killed
                self.lingering.setdefault(child, time.monotonic() + ENDING_SECONDS)
        return bool(data)

    def send_to_child(self, child, payload):
        child.to_send += payload
        self.flush_to_child(child)

    def flush_to_child(self, child):
        flush(child.control.fileno(), child.to_send)
        if child.control in self.selector.get_map():
            events = READ | WRITE if child.to_send else READ
            self.watch(child.control, events, lambda events: self.on_child(child, events))
        if child.closing and not child.to_send:
            try:
                child.control.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has ended already, which is what closing is for

    def on_wakeup(self, _events):
        while read_some(self.wakeup[0].fileno(), 4096):
            pass
        for child in list(self.children.values()):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self.on_end(child, os.waitstatus_to_exitcode(status))

    def on_end(self, child, code):
        """The process has ended: its last words come before the news of its end."""
        child.ended = True
        while self.read_child(child):
            pass
        tail = self.drain(child)
        self.watch(child.control, 0)
        child.control.close()
        del self.children[child.number]
        cut_off = child.cut_off and child.killed
        if child.cut_off:
            self.lingering.pop(child, None)
        if not child.closing or code != 0:
            self.end_group(child, signal.SIGTERM)
        self.tell({"event": "ended", "id": child.number, "code": code, "channelClosed": cut_off, "tail": tail})
        self.print(child, 0, b"")

    def end_group(self, child, number):
        """Signals a process group; what is left of it after the grace is killed."""
        child.signal(number)
        self.lingering.setdefault(child, time.monotonic() + self.grace_seconds)

    def end_lingering_groups(self):
        for child, deadline in list(self.lingering.items()):
            late = time.monotonic() >= deadline
            if late:
                child.killed = True
                child.signal(signal.SIGKILL)
            if late or (child.ended and not child.signal(0)):
                del self.lingering[child]
