// The Node-RED package in a real Node-RED and a real browser.
// Arguments: the package's tarball, the URL of an emulator with the job `nightly`, a folder to work in, and the folder
// whose `node_modules` has the packages of `tests/hosts/package.json`.
// Fails at the first thing that is not as it should be. With NODE_RED_TEST_ONLY=runtime or =editor only that part runs.

import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { checkEditor } from './editor.mjs';
import { Endpoint } from './endpoint.mjs';
import { NodeRed, connectors, until } from './node_red.mjs';
import { checkParts } from './parts.mjs';
import { checkRuntime } from './runtime.mjs';
import { scorecard } from './scorecard.mjs';

const [tarball, emulator, folder, modules] = process.argv.slice(2);
if (!modules) {
    console.error('node test.mjs TARBALL ENDPOINT WORKDIR MODULES');
    process.exit(2);
}
const workdir = resolve(folder);
const only = process.env.NODE_RED_TEST_ONLY;

async function step(name, run) {
    const start = Date.now();
    try {
        await run();
        console.log(`ok ${name} (${Date.now() - start} ms)`);
    } catch (error) {
        console.log(`FAILED ${name}`);
        throw error;
    }
}

const endpoint = new Endpoint(emulator);
await endpoint.start();
const red = new NodeRed(workdir, resolve(modules));
try {
    await step('the scorecard has no failures', () => {
        const { card, text } = scorecard(workdir, red.modules, resolve(tarball));
        const failed = Object.entries(card).filter(([, { test }]) => test === false).map(([rule]) => rule);
        assert.deepEqual(failed, [], text);
    });
    await step('Node-RED starts', () => red.start());
    await step('the package installs from its tarball', async () => {
        const { status, data } = await red.install(tarball);
        assert.equal(status, 200, JSON.stringify(data) + red.log);
        const [set] = data.nodes;
        assert.deepEqual([...set.types].sort(), ['glue-action', 'glue-connection']);
        assert.ok(set.enabled && !set.err, JSON.stringify(set));
    });
    if (only !== 'editor') {
        await checkParts(join(workdir, 'validate', 'package'), step);
        await checkRuntime(red, endpoint, step);
    }
    if (only !== 'runtime') {
        await checkEditor(red, endpoint, step);
    }
    await step('the end of Node-RED ends every child', async () => {
        const before = red.children().map(({ pid }) => pid);
        await red.stop();
        await until('end of the children', () => !connectors().some(({ pid }) => before.includes(pid)), 12000);
    });
    console.log('ok: all');
} catch (error) {
    console.error(error);
    console.error('--- the end of Node-RED\'s log ---\n' + red.log.slice(-3000));
    process.exitCode = 1;
} finally {
    if (red.process && red.process.exitCode === null) {
        await red.stop();
    }
    endpoint.stop();
}
