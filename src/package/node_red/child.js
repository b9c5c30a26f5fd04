'use strict';

const { spawn } = require('child_process');
const { EventEmitter } = require('events');
const readline = require('readline');
const { cancelled, ended, notStarted } = require('./errors');

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30000;
// Closing: how long a child may finish what it reads, and how long it may take to end on SIGTERM. Node-RED waits 15 s.
const GRACE_MS = 5000;
const KILL_MS = 3000;

/**
 * One `glue-connector stream`, started on first use and again when it dies.
 * Requests go in by standard input only: arguments and environment of a process can be seen by others.
 * Emits `state` with `idle`, `ready` or `restarting`.
 */
class Child extends EventEmitter {
    constructor(binary, log = () => {}) {
        super();
        this.setMaxListeners(0);
        this.binary = binary;
        this.log = log;
        this.state = 'idle';
        this.waiting = []; // not yet written
        this.written = new Map(); // by ID
        this.lastId = 0;
        this.failures = 0;
        this.notBefore = 0;
    }

    /** `answer` resolves to a reply, also when there is none of the connector's; it never rejects. */
    request(body, changes) {
        const entry = { id: ++this.lastId, body, changes };
        const answer = new Promise(resolve => { entry.resolve = resolve; });
        if (this.closing) {
            entry.resolve({ ok: false, error: cancelled() });
        } else {
            this.waiting.push(entry);
            this.pump();
        }
        return { answer, cancel: () => this.cancel(entry) };
    }

    cancel(entry) {
        const place = this.waiting.indexOf(entry);
        if (place >= 0) {
            this.waiting.splice(place, 1);
            entry.resolve({ ok: false, error: cancelled() });
        } else if (this.written.has(entry.id) && this.process) {
            this.process.stdin.write(JSON.stringify({ cancel: entry.id }) + '\n');
        }
    }

    pump() {
        if (!this.process) {
            if (this.waiting.length && !this.closing) {
                this.startLater();
            }
            return;
        }
        while (this.waiting.length && !this.full) {
            const entry = this.waiting.shift();
            this.written.set(entry.id, entry);
            // When the pipe is full, the rest waits here, where it can still be cancelled or outlive the child.
            this.full = !this.process.stdin.write(JSON.stringify({ id: entry.id, ...entry.body }) + '\n');
        }
    }

    startLater() {
        if (this.timer) {
            return;
        }
        const pause = this.notBefore - Date.now();
        if (pause <= 0) {
            this.start();
            return;
        }
        this.setState('restarting');
        this.timer = setTimeout(() => {
            this.timer = null;
            this.start();
        }, pause);
    }

    start() {
        const child = spawn(this.binary, ['stream'], { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
        this.process = child;
        this.full = false;
        let problem;
        child.on('error', error => { problem = error; });
        child.on('close', (code, signal) => this.ended(child, problem, signal || `exit status ${code}`));
        child.stdin.on('drain', () => {
            this.full = false;
            this.pump();
        });
        // A broken pipe means that the child has ended, which is handled there.
        child.stdin.on('error', () => {});
        readline.createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', line => this.reply(line));
        readline.createInterface({ input: child.stderr, crlfDelay: Infinity }).on('line', line => this.log(line));
        this.setState('ready');
        this.pump();
    }

    reply(line) {
        let reply;
        try {
            reply = JSON.parse(line);
        } catch {
            this.log('The connector wrote a line that is not JSON.');
            return;
        }
        const entry = this.written.get(reply.id);
        if (entry) {
            this.failures = 0;
            this.written.delete(reply.id);
            entry.resolve(reply);
        }
    }

    ended(child, problem, how) {
        if (this.process !== child) {
            return;
        }
        this.process = null;
        this.notBefore = Date.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures);
        this.failures += 1;
        const lost = [...this.written.values()];
        this.written.clear();
        for (const entry of lost) {
            entry.resolve({ ok: false, error: problem ? notStarted(problem.message) : ended(entry.changes, how) });
        }
        this.setState(this.waiting.length ? 'restarting' : 'idle');
        this.pump();
    }

    setState(state) {
        if (state !== this.state) {
            this.state = state;
            this.emit('state', state);
        }
    }

    /** Resolves when the child is gone. */
    close() {
        if (!this.closing) {
            this.closing = this.end();
        }
        return this.closing;
    }

    end() {
        clearTimeout(this.timer);
        for (const entry of this.waiting.splice(0)) {
            entry.resolve({ ok: false, error: cancelled() });
        }
        const child = this.process;
        if (!child) {
            return Promise.resolve();
        }
        return new Promise(resolve => {
            const timers = [
                setTimeout(() => child.kill('SIGTERM'), GRACE_MS),
                setTimeout(() => child.kill('SIGKILL'), GRACE_MS + KILL_MS)
            ];
            child.once('close', () => {
                timers.forEach(clearTimeout);
                resolve();
            });
            for (const id of this.written.keys()) {
                child.stdin.write(JSON.stringify({ cancel: id }) + '\n');
            }
            child.stdin.end();
        });
    }
}

module.exports = { Child };
