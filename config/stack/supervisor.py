"""Starts the whole stack in order, restarts what ends, stops it in the other order within five seconds."""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from signal import Signals
from typing import Any

from config.stack.child import Child, Command, end_leftovers, on_terminal, spawn
from config.stack.errors import StackError, Stopped
from config.stack.folder import DataFolder
from config.stack.guard import guarded
from config.stack.health import is_healthy
from config.stack.options import ROOT, Options
from config.stack.ports import free_port, require_free_port
from config.stack.processes import COMMANDS, mailbox_command
from config.stack.servers import Servers, process_environment
from config.stack.signals import StopRequest
from config.stack.terminal import Follower, say, step, tail

HEALTHY_SECONDS = 60
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
WATCH_SECONDS = 0.2
# Of the five seconds: web and beat together, then the worker and the mailbox; the servers have 1.7 more.
WEB_STOP, WORKER_STOP = 1.5, 1.2


@dataclass
class Service:
    """A process that is kept running: started again with a pause that doubles from one second to thirty."""

    name: str
    launch: Callable[[], Child]
    child: Child
    failures: int = 0
    due: float = field(default=0.0)

    def tend(self, now: float) -> None:
        """Notice an end, plan the next start, or make it when it is due."""
        if self.due:
            if now >= self.due:
                self.due = 0.0
                self.child = self.launch()
        elif (status := self.child.ended()) is not None:
            self.child.clear()
            self.failures = 0 if now - self.child.began > STEADY_SECONDS else self.failures + 1
            pause = min(LONGEST_PAUSE, 2.0 ** max(0, self.failures - 1))
            self.due = now + pause
            say(f"plumbline: {self.name} ended ({describe_exit(status)}); it starts again in {pause:.0f} s.")


def describe_exit(status: int) -> str:
    """Say an exit status in words."""
    return f"exit {status}" if status >= 0 else Signals(-status).name


class Supervisor:
    """One run of the stack on one data folder."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.stop_request = StopRequest()
        self.folder = DataFolder(options.data)
        self.servers = Servers(options, self.folder)
        self.services: dict[str, Service] = {}
        self.followers: list[Follower] = []
        self.environment: dict[str, str] = {}
        self.mailbox = f"127.0.0.1:{free_port('127.0.0.1')}" if options.mailbox else ""

    def run(self) -> int:
        """Start, watch until a signal, stop; return 0. Raises StackError where a start fails, with all stopped."""
        began = time.monotonic()
        self.stop_request.listen()
        self.folder.make()
        with self.folder.locked(), guarded(self.folder.run):
            end_leftovers(self.folder.run)
            require_free_port(self.options.host, self.options.port, "PLUMBLINE_PORT")
            self.servers.require_free_ports()
            try:
                facts = self.start()
                self.greet(facts, time.monotonic() - began)
                self.watch()
            except Stopped:
                print(flush=True)
            finally:
                with step("stopped"):
                    self.stop()
        return 0

    def start(self) -> dict[str, Any]:
        """Start servers, prepare the database, start the processes; return what the preparation found."""
        self.servers.start(self.stop_request)
        addresses = self.servers.addresses
        self.environment = process_environment(self.options, self.folder, addresses, self.mailbox)
        for server in self.servers.embedded:
            assert server.child is not None
            self.services[server.name] = Service(server.name, server.launch, server.child)
        facts = self.prepare()
        if self.mailbox:
            with step("mailbox"):
                self.start_process("mailbox", mailbox_command(self.mailbox, self.folder.mails))
        with step("web"):
            self.start_process("web")
            self.wait_until_healthy()
        for name in ("worker", "beat"):
            with step(name):
                self.start_process(name)
        self.folder.describe(kind="run", address=self.options.address, addresses=addresses, mailbox=self.mailbox)
        return facts

    def prepare(self) -> dict[str, Any]:
        """Migrate, align the administrator, fill an empty database, in one process that prints its steps."""
        report = self.folder.run / "prepared.json"
        report.unlink(missing_ok=True)
        command = [sys.executable, str(ROOT / "manage.py"), "prepare", "--report", str(report)]
        process = on_terminal(command, self.environment)
        try:
            while process.poll() is None:
                self.stop_request.pause(WATCH_SECONDS / 4)
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            raise StackError(f"the database was not prepared (exit {process.returncode}); the reason stands above.")
        found: dict[str, Any] = json.loads(report.read_text())
        return found

    def start_process(self, name: str, argv: list[str] | None = None) -> None:
        """Start web, worker, beat or the mailbox, keep it running from now on, and repeat its log on the terminal."""
        log = self.folder.logs / f"{name}.log"
        command = Command(name, argv or COMMANDS[name](self.options), self.environment, log, cwd=ROOT)

        def launch() -> Child:
            return spawn(command, self.folder.run)

        self.followers.append(Follower(name, log))
        self.services[name] = Service(name, launch, launch())

    def wait_until_healthy(self) -> None:
        """Wait for the first healthy page; raise StackError where the process ends or the time runs out before."""
        child = self.services["web"].child

        def ready() -> bool:
            if (status := child.ended()) is not None:
                raise StackError(f"web ended ({describe_exit(status)}):\n{tail(child.command.log)}")
            return is_healthy(self.options.address)

        if not self.stop_request.wait_for(ready, HEALTHY_SECONDS):
            raise StackError(f"web is not healthy after {HEALTHY_SECONDS} s:\n{tail(child.command.log)}")

    def greet(self, facts: dict[str, Any], seconds: float) -> None:
        """Print where to go and, where the demo people are, who to be."""
        print(f"\nPlumbline is ready after {seconds:.1f} s: {self.options.address}/", flush=True)
        if facts.get("demo"):
            print("Demo log-ins: lead1/leadpass, dev1/devpass, viewer1/viewpass")
        if self.mailbox:
            print(f"Mails stay on this machine: {self.options.address}/_mail/")
        print("Ctrl-C stops it.\n", flush=True)

    def watch(self) -> None:
        """Keep every process running and show what they log, until Stopped."""
        while True:
            for service in self.services.values():
                service.tend(time.monotonic())
            for follower in self.followers:
                follower.poll()
            self.stop_request.pause(WATCH_SECONDS)

    def stop(self) -> None:
        """Stop web and beat, then worker and mailbox, then the servers: at most 4.6 seconds in all."""
        for names, seconds in ((("web", "beat"), WEB_STOP), (("worker", "mailbox"), WORKER_STOP)):
            stop_together([self.services[name].child for name in names if name in self.services], seconds)
        self.servers.stop()
        for follower in self.followers:
            follower.poll()


def stop_together(children: list[Child], seconds: float) -> None:
    """Signal all, give them one common time, then end each."""
    until = time.monotonic() + seconds
    for child in children:
        if child.ended() is None:
            os.kill(child.pid, child.command.stop_signal)
    while time.monotonic() < until and any(child.ended() is None for child in children):
        time.sleep(0.02)
    for child in children:
        child.stop(0)
