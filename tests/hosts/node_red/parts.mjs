// The package's parts by themselves: what the editor's files say against the manifest, and the child process against programs that misbehave.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export async function checkParts(folder, step) {
    const require = createRequire(join(folder, 'package.json'));
    const text = name => readFileSync(join(folder, name), 'utf8');

    await step('the editor knows the same secrets as the runtime', () => {
        const html = text('glue-connector.html');
        const { secrets } = require('./connection.js');
        const [, connections, actions] = html.split(/credentials: \{\n/).map(part => part.slice(0, part.indexOf('\n            }')));
        const names = part => [...part.matchAll(/(\w+): \{ type: '(\w+)' \}/g)].map(([, name, type]) => [name, type]);
        assert.deepEqual(Object.fromEntries(names(connections)), Object.fromEntries(Object.entries(secrets).map(([name, { type }]) => [name, type])));
        assert.deepEqual(names(actions).map(([name]) => name), Array.from({ length: 20 }, (_, place) => `secret${place}`));
        for (const name of Object.keys(secrets)) {
            assert.ok(html.includes(`id="node-config-input-${name}"`), name);
        }
    });

    await step('every text that is used is there, and every text that is there is used', () => {
        const files = ['glue-connector.html', 'glue-connector.js', ...readdirSync(join(folder, 'resources')).map(name => join('resources', name))];
        const code = files.map(text).join('\n');
        const keys = Object.entries(JSON.parse(text('locales/en-US/glue-connector.json')).glue)
            .flatMap(([group, texts]) => Object.keys(texts).map(key => `${group}.${key}`));
        for (const [, key] of code.matchAll(/(?:glue\.t\(|RED\._\(|glue\.)'?((?:label|placeholder|help|form|type|field|picker|check|problem|status)\.\w+)\b/g)) {
            assert.ok(keys.includes(key), `${key} has no text`);
        }
        const parts = key => code.includes(key) || (key.startsWith('problem.') && code.includes('\'problem.\' + schema.type'))
            || (key.startsWith('type.') && code.includes(`'${key}'`));
        assert.deepEqual(keys.filter(key => !parts(key)), []);
    });

    const { Child } = require('./child.js');

    await step('a program that dies at once is started less and less often', async () => {
        const child = new Child('/bin/false');
        const start = Date.now();
        for (let i = 0; i < 4; i += 1) {
            const reply = await child.request({ action: 'listJobs' }, i % 2 === 0).answer;
            assert.deepEqual([reply.error.kind, reply.error.effect, reply.error.retryable], ['badResponse', ...(i % 2 === 0 ? ['unknown', false] : ['none', true])]);
        }
        const took = Date.now() - start;
        assert.ok(took >= 700 && took < 3000, `${took} ms for pauses of 100, 200 and 400 ms`);
        await child.close();
    });

    await step('a program that is not there is an error that says so', async () => {
        const child = new Child(join(folder, 'no-such-program'));
        const reply = await child.request({ action: 'startJobRun' }, true).answer;
        assert.deepEqual([reply.error.kind, reply.error.effect], ['internal', 'none']);
        await child.close();
        assert.equal((await child.request({}, false).answer).error.kind, 'cancelled');
    });

    await step('a program that does not want to end is ended', async () => {
        const stubborn = join(folder, 'stubborn.sh');
        writeFileSync(stubborn, '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 1; done\n');
        chmodSync(stubborn, 0o755);
        const child = new Child(stubborn);
        const { answer } = child.request({ action: 'listJobs' }, false);
        const { pid } = child.process;
        await Promise.all([child.close(), answer]);
        assert.ok(!existsSync(`/proc/${pid}`) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
    });
}
