// The package in a running Node-RED, without its editor.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CANARY, KEY_ID, PASSWORD, around, behindHttp, connection } from './flows.mjs';
import { connectors, freePort, until } from './node_red.mjs';

export async function checkRuntime(red, endpoint, step) {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const secret = { type: 'cred', value: 'secret0' };
    const flows = [
        ...around,
        connection('good', endpoint.url),
        connection('closed', nowhere),
        ...behindHttp('list', 'listJobs', 'good', { maxItems: { type: 'num', value: '20' } }),
        ...behindHttp('start', 'startJobRun', 'good', {
            name: { type: 'msg', value: 'req.query.job' },
            args: { type: 'rows', of: 'map', value: [{ key: '--day', type: 'jsonata', value: '"2026-" & "11-20"' }, { key: '--n', type: 'num', value: '7' }] },
            timeout: { type: 'num', value: '5' }
        }),
        ...behindHttp('get', 'getJob', 'good'),
        ...behindHttp('run', 'getJobRun', 'good'),
        ...behindHttp('unreachable', 'listJobs', 'closed', {}, { timeout: '3' }),
        ...behindHttp('orphan', 'listJobs', ''),
        ...behindHttp('create', 'createConnection', 'good', {
            name: { type: 'str', value: `made-by-a-flow-${Date.now()}` },
            connectionType: { type: 'str', value: 'JDBC' },
            connectionProperties: { type: 'rows', of: 'map', value: [
                { key: 'JDBC_CONNECTION_URL', type: 'str', value: 'jdbc:postgresql://db.example.com/x' },
                { key: 'USERNAME', type: 'str', value: 'u' },
                { key: 'PASSWORD', ...secret }
            ] }
        }, { credentials: { secret0: PASSWORD } })
    ];
    const post = (path, body = {}) => red.post('/' + path, body);

    await step('a flow lists jobs', async () => {
        await red.deploy(flows);
        const { status, data } = await post('list');
        assert.equal(status, 200, JSON.stringify(data));
        assert.ok(data.payload.JobNames.includes('nightly'));
        assert.equal(data.glue.action, 'listJobs');
        assert.equal(typeof data.glue.meta.durationMs, 'number');
        assert.equal(data.input, 'none', 'msg.input was for this node only');
        assert.equal(red.children().length, 1);
    });

    await step('a flow starts a run, with values of the message and of an expression', async () => {
        const started = await post('start?job=nightly', { args: { '--extra': 'x' }, timeout: 6 });
        assert.equal(started.status, 200, JSON.stringify(started.data));
        const { data } = await post('run', { name: 'nightly', runId: started.data.payload.JobRunId });
        const run = data.payload.JobRun;
        assert.deepEqual(run.Arguments, { '--day': '2026-11-20', '--n': '7', '--extra': 'x' });
        assert.equal(run.Timeout, 6, 'the message goes over the node');
    });

    await step('errors reach a Catch node with what to branch on', async () => {
        const unknown = await post('list', { maxItem: 5 });
        assert.equal(unknown.status, 500);
        assert.deepEqual(pick(unknown.data.glue.error), { kind: 'invalidInput', effect: 'none', retryable: false });
        assert.equal(unknown.data.glue.error.field, '/input/maxItem');
        assert.deepEqual(unknown.data.error.cause, unknown.data.glue.error);
        assert.equal(unknown.data.error.message, unknown.data.glue.error.message);
        assert.equal(unknown.data.error.source.id, 'list');

        const missing = await post('get', { name: 'no-such-job' });
        assert.deepEqual(pick(missing.data.glue.error), { kind: 'notFound', effect: 'none', retryable: false });
        assert.equal(missing.data.error.code, 'EntityNotFoundException');
        assert.ok(missing.data.glue.meta);

        const list = await post('list', ['maxItems']);
        assert.equal(list.data.glue.error.field, '/input');

        const orphan = await post('orphan');
        assert.deepEqual(pick(orphan.data.glue.error), { kind: 'connection', effect: 'none', retryable: false });
    });

    await step('an endpoint that cannot be reached is our kind of error', async () => {
        const { data } = await post('unreachable');
        assert.ok(['unreachable', 'timeout'].includes(data.glue.error.kind), JSON.stringify(data));
        assert.equal(data.glue.error.effect, 'none');
    });

    await step('a password of an action is sent, and kept only encrypted', async () => {
        const { status, data } = await post('create');
        assert.equal(status, 200, JSON.stringify(data));
    });

    await step('statuses', async () => {
        const { data } = await red.call('GET', '/statuses');
        assert.deepEqual(data.start.slice(0, 2), [['blue', 'running (1)'], ['green', 'done']]);
        assert.deepEqual(data.get.at(-1), ['red', 'notFound']);
    });

    await step('a killed child: the error says what it means, the next request starts another', async () => {
        endpoint.silent = true;
        const operations = endpoint.seen.length;
        const change = post('start?job=nightly');
        const look = post('get', { name: 'nightly' });
        await until('requests under way', () => ['StartJobRun', 'GetJob'].every(name => endpoint.seen.slice(operations).includes(name)));
        const [child] = red.children().filter(({ pid }) => pid === childOf(red, endpoint));
        process.kill(child.pid, 'SIGKILL');
        const [changed, looked] = await Promise.all([change, look]);
        assert.deepEqual(pick(changed.data.glue.error), { kind: 'badResponse', effect: 'unknown', retryable: false });
        assert.deepEqual(pick(looked.data.glue.error), { kind: 'badResponse', effect: 'none', retryable: true });
        assert.match(changed.data.error.message, /connector ended \(SIGKILL\)/);
        endpoint.silent = false;
        const again = await post('list');
        assert.equal(again.status, 200, JSON.stringify(again.data));
        assert.ok(!red.children().some(({ pid }) => pid === child.pid));
    });

    await step('the admin API fills dropdowns and tests connections', async () => {
        const manifest = await red.call('GET', '/glue-connector/manifest');
        assert.ok(manifest.data.actions.length > 20 && manifest.data.connections.length >= 3);
        assert.equal(manifest.data.actions[0].output, undefined);
        const jobs = await red.call('POST', '/glue-connector/data-source', { connection: { id: 'good' }, dataSource: 'jobs', input: {} });
        assert.deepEqual(jobs.data.data.result, [{ label: 'nightly', value: 'nightly' }]);
        const wrong = await red.call('POST', '/glue-connector/data-source', { connection: { id: 'good' }, dataSource: 'jobRuns', input: {} });
        assert.equal(wrong.data.error.kind, 'invalidInput');
        const { id, kind, fields } = connection('good', endpoint.url);
        const unchanged = { accessKeyId: KEY_ID, secretAccessKey: '__PWRD__' };
        const draft = await red.call('POST', '/glue-connector/check', { connection: { id, changed: true, kind, fields, credentials: unchanged } });
        assert.equal(draft.data.ok, true, JSON.stringify(draft.data));
        const blank = await red.call('POST', '/glue-connector/check', { connection: { id, changed: true, kind, fields, credentials: { accessKeyId: KEY_ID } } });
        assert.equal(blank.data.error.field, '/connection/fields/secretAccessKey');
        const variable = await red.call('POST', '/glue-connector/check', { connection: { id, changed: true, kind, fields: { ...fields, endpointUrl: '${NO_SUCH_VARIABLE}' }, credentials: unchanged } });
        assert.equal(typeof variable.data.ok, 'boolean');
        await until('end of the children of drafts', () => red.children().length === 2);
    });

    await step('secrets are in no flow, export, log, argument or environment', async () => {
        const secrets = [CANARY, KEY_ID, PASSWORD];
        const exported = JSON.stringify((await red.call('GET', '/flows')).data);
        const all = { 'the export': exported, 'the log': red.log };
        for (const file of filesBelow(red.userDir).filter(file => !file.includes('node_modules') && !file.endsWith('.tgz'))) {
            all[file] = readFileSync(file, 'utf8');
        }
        assert.ok(Object.keys(all).some(name => name.endsWith('flows.json')) && Object.keys(all).some(name => name.endsWith('flows_cred.json')));
        for (const child of red.children()) {
            all[`arguments of ${child.pid}`] = child.arguments;
            all[`environment of ${child.pid}`] = child.environment;
        }
        for (const [place, text] of Object.entries(all)) {
            for (const word of secrets) {
                assert.ok(!text.includes(word), `${word} is in ${place}`);
            }
        }
    });

    await step('a deployment ends the children, with requests under way too', async () => {
        endpoint.silent = true;
        const operations = endpoint.seen.length;
        const under = post('start?job=nightly').catch(() => undefined);
        await until('request under way', () => endpoint.seen.slice(operations).includes('StartJobRun'));
        const before = red.children().map(({ pid }) => pid);
        assert.ok(before.length >= 1);
        await red.deploy([...around]);
        await until('end of the children', () => !connectors().some(({ pid }) => before.includes(pid)), 12000);
        endpoint.silent = false;
        assert.ok(!/Error stopping node|timed out/i.test(red.log.split('Stopping flows').at(-1)), 'closing took too long');
        await Promise.race([under, new Promise(resolve => setTimeout(resolve, 200))]);
    });

    await step('the example flows are whole', async () => {
        const { data } = await red.call('GET', '/library/_examples_/flows/');
        assert.equal(typeof data, 'object');
        const folder = join(red.userDir, 'node_modules', 'node-red-contrib-glue-connector', 'examples');
        const examples = readdirSync(folder);
        assert.ok(examples.length >= 2);
        for (const example of examples) {
            const flow = JSON.parse(readFileSync(join(folder, example), 'utf8'));
            const known = new Set(flow.map(({ id }) => id));
            assert.ok(flow.flatMap(({ wires = [] }) => wires.flat()).every(id => known.has(id)), example);
            assert.ok(flow.some(({ type }) => type === 'glue-action'));
        }
    });
}

const pick = ({ kind, effect, retryable }) => ({ kind, effect, retryable });

/** Of several connections' children: the one that is connected to the endpoint. */
function childOf(red, endpoint) {
    const port = Number(new URL(endpoint.url).port).toString(16).toUpperCase().padStart(4, '0');
    const sockets = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).map(line => line.trim().split(/\s+/))
        .filter(([, , remote]) => remote && remote.endsWith(':' + port)).map(fields => fields[9]);
    const owner = red.children().find(({ pid }) => readdirSync(`/proc/${pid}/fd`).some(fd => {
        const target = linkOf(`/proc/${pid}/fd/${fd}`);
        return sockets.some(inode => target === `socket:[${inode}]`);
    }));
    assert.ok(owner, 'a child is connected to the endpoint');
    return owner.pid;
}

function linkOf(path) {
    try {
        return readlinkSync(path);
    } catch {
        return '';
    }
}

function filesBelow(folder) {
    return readdirSync(folder).flatMap(name => {
        const path = join(folder, name);
        return name === 'node_modules' || name === 'npm-cache' ? [] : statSync(path).isDirectory() ? filesBelow(path) : [path];
    });
}
