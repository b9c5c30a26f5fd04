// A Node-RED on loopback, with a folder of its own, and what the tests ask of it.

import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';

export const MODULE = 'node-red-contrib-glue-connector';

export async function freePort() {
    const server = createServer();
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise(resolve => server.close(resolve));
    return port;
}

export const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Waits until `look` gives something. */
export async function until(what, look, ms = 15000) {
    const end = Date.now() + ms;
    for (;;) {
        const found = await look();
        if (found) {
            return found;
        }
        if (Date.now() > end) {
            throw new Error(`In ${ms} ms there was no ${what}.`);
        }
        await pause(50);
    }
}

export class NodeRed {
    constructor(workdir, modules) {
        this.workdir = workdir;
        this.modules = modules;
        this.userDir = join(workdir, 'user');
        this.log = '';
    }

    async start() {
        rmSync(this.userDir, { recursive: true, force: true });
        mkdirSync(this.userDir, { recursive: true });
        this.port = await freePort();
        this.url = `http://127.0.0.1:${this.port}`;
        const settings = {
            uiHost: '127.0.0.1',
            uiPort: this.port,
            flowFile: 'flows.json',
            credentialSecret: 'a secret of the tests',
            telemetry: { enabled: false, updateNotification: false },
            editorTheme: { tours: false, projects: { enabled: false }, palette: { catalogues: [] }, codeEditor: { lib: 'ace' } },
            logging: { console: { level: 'trace', metrics: false, audit: false } }
        };
        writeFileSync(join(this.userDir, 'settings.js'), `module.exports = ${JSON.stringify(settings, null, 4)};\n`);
        const bin = join(this.modules, 'node_modules', 'node', 'bin');
        this.process = spawn(join(bin, 'node'), [join(this.modules, 'node_modules', 'node-red', 'red.js'), '--userDir', this.userDir], {
            cwd: this.userDir,
            env: { PATH: `${bin}:${process.env.PATH}`, HOME: this.userDir, npm_config_cache: join(this.workdir, 'npm-cache'), NO_PROXY: '127.0.0.1', ...certificates() },
            stdio: ['ignore', 'pipe', 'pipe']
        });
        this.ended = new Promise(resolve => this.process.on('close', resolve));
        for (const stream of [this.process.stdout, this.process.stderr]) {
            stream.setEncoding('utf8').on('data', text => { this.log += text; });
        }
        await until('Node-RED', () => fetch(`${this.url}/settings`).then(answer => answer.ok, () => false), 60000);
    }

    async stop() {
        this.process.kill('SIGTERM');
        const late = setTimeout(() => this.process.kill('SIGKILL'), 20000);
        await this.ended;
        clearTimeout(late);
    }

    async call(method, path, body, headers = {}) {
        const form = body instanceof FormData;
        const answer = await fetch(this.url + path, {
            method,
            headers: { ...(body && !form ? { 'Content-Type': 'application/json' } : {}), Accept: 'application/json', ...headers },
            body: form ? body : body && JSON.stringify(body),
            signal: AbortSignal.timeout(30000)
        });
        const text = await answer.text();
        const isJson = (answer.headers.get('Content-Type') || '').includes('json');
        return { status: answer.status, data: isJson && text ? JSON.parse(text) : text };
    }

    /** Sends a message into a flow. A deployment is answered before its flows are started. */
    async post(path, body) {
        return until(`flow at ${path}`, async () => {
            const answer = await this.call('POST', path, body);
            return answer.status === 404 ? undefined : answer;
        });
    }

    async install(tarball) {
        const form = new FormData();
        form.append('tarball', new Blob([readFileSync(tarball)]), basename(tarball));
        return this.call('POST', '/nodes', form);
    }

    async deploy(flows) {
        const { status, data } = await this.call('POST', '/flows', { flows }, { 'Node-RED-API-Version': 'v2', 'Node-RED-Deployment-Type': 'full' });
        if (status !== 200) {
            throw new Error(`The deployment gave ${status}: ${JSON.stringify(data)}`);
        }
    }

    /** The connector's processes below this Node-RED: [{pid, arguments}]. */
    children() {
        return connectors().filter(({ parent }) => parent === this.process.pid);
    }
}

/** All processes of the package's binary, whoever is their parent. */
export function connectors() {
    return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(name => {
        try {
            const program = readlinkSync(`/proc/${name}/exe`);
            if (basename(program).split(' ')[0] !== 'glue-connector' || !program.includes(MODULE)) {
                return [];
            }
            const status = readFileSync(`/proc/${name}/stat`, 'utf8');
            const [state, parent] = status.slice(status.lastIndexOf(')') + 2).split(' ');
            return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), arguments: readFileSync(`/proc/${name}/cmdline`, 'utf8'), environment: readFileSync(`/proc/${name}/environ`, 'utf8') }];
        } catch {
            return []; // It ended meanwhile, or is not ours.
        }
    });
}

// npm inside Node-RED needs the same proxy and certificates as outside.
function certificates() {
    const names = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'npm_config_registry', 'NPM_CONFIG_REGISTRY', 'HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
    return Object.fromEntries(names.filter(name => process.env[name]).map(name => [name, process.env[name]]));
}
