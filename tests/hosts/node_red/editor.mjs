// The editor in a browser, as a person uses it.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CANARY, KEY_ID, PASSWORD } from './flows.mjs';
import { until } from './node_red.mjs';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function checkEditor(red, endpoint, step) {
    const shots = join(red.workdir, 'screenshots');
    rmSync(shots, { recursive: true, force: true });
    mkdirSync(shots, { recursive: true });
    const profile = mkdtempSync(join(red.workdir, 'profile-'));
    const { chromium } = createRequire(join(red.modules, 'package.json'))('playwright-core');
    const browser = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, headless: true, args: FLAGS, viewport: { width: 1400, height: 1000 } });
    const noise = [];
    try {
        const page = browser.pages()[0] || await browser.newPage();
        page.setDefaultTimeout(10000);
        page.on('console', message => ['error', 'warning'].includes(message.type()) && noise.push(`${message.type()}: ${message.text()} ${message.location().url}`));
        page.on('pageerror', error => noise.push(String(error.stack || error)));
        const editor = new Editor(page, shots, red, endpoint);
        await editor.run(step).catch(async error => {
            await editor.shot('failed').catch(() => {});
            console.error(noise.join('\n'));
            throw error;
        });
        await step('nothing went wrong in the browser', () => {
            const ours = noise.filter(text => !text.includes('favicon'));
            assert.deepEqual(ours, []);
        });
    } finally {
        await browser.close();
        rmSync(profile, { recursive: true, force: true });
    }
}

class Editor {
    constructor(page, shots, red, endpoint) {
        Object.assign(this, { page, shots, red, endpoint, taken: 0 });
    }

    async run(step) {
        const { page, red, endpoint } = this;
        await red.deploy([{ id: 'desk', type: 'tab', label: 'desk', disabled: false }]);

        await step('the editor opens, with the node in the palette', async () => {
            // Node-RED loads a node's scripts in any order: the one that comes first comes last here.
            await page.route('**/resources/*/manifest.js', async route => {
                await new Promise(resolve => setTimeout(resolve, 500));
                await route.continue();
            });
            await page.goto(red.url);
            await page.locator('.red-ui-palette-node[data-palette-type="glue-action"]').waitFor();
            await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
        });

        await step('the node is dragged from the palette', async () => {
            await page.locator('.red-ui-palette-node[data-palette-type="glue-action"]').scrollIntoViewIfNeeded();
            await page.waitForTimeout(500);
            const from = await page.locator('.red-ui-palette-node[data-palette-type="glue-action"]').boundingBox();
            const to = await page.locator('#red-ui-workspace-chart').boundingBox();
            await page.mouse.move(from.x + 60, from.y + 12);
            await page.mouse.down();
            await page.mouse.move(to.x + 240, to.y + 150, { steps: 12 });
            await page.mouse.up();
            await page.locator('.red-ui-flow-node').first().waitFor();
            assert.equal(await this.nodeLabel(), 'List Jobs');
            await this.shot('palette and node');
        });

        await step('a connection is made in the dialog, tested before it is deployed', async () => {
            await this.openNode();
            await page.locator('#node-input-lookup-connection, #node-input-btn-connection-add').first().click();
            const dialog = page.locator('.red-ui-tray').last();
            await dialog.locator('[data-field="accessKeyId"] .red-ui-typedInput-input').waitFor();
            await this.shot('new connection');
            await this.fill(dialog, 'accessKeyId', KEY_ID);
            await this.fill(dialog, 'secretAccessKey', CANARY);
            await dialog.locator('details.glue-more > summary').click();
            await this.fill(dialog, 'endpointUrl', endpoint.url);
            await this.fill(dialog, 'stsEndpointUrl', endpoint.url);
            await dialog.locator('[data-field="region"] .red-ui-typedInput-option-expand').click();
            await dialog.locator('.glue-picker li[data-value="us-east-1"]').waitFor();
            await this.shot('regions');
            await dialog.locator('.glue-picker input').fill('virginia');
            await dialog.locator('.glue-picker input').press('ArrowDown');
            await dialog.locator('.glue-picker input').press('Enter');
            assert.equal(await dialog.locator('[data-field="region"] .red-ui-typedInput-input').inputValue(), 'us-east-1');
            await dialog.locator('.glue-check button').click();
            await dialog.locator('.glue-passed').waitFor();
            await this.shot('connection tested');
            await this.noSideways(dialog);
            await page.locator('#node-config-dialog-ok').click();
            await page.locator('#node-config-dialog-ok').waitFor({ state: 'detached' });
        });

        await step('the dropdown has the account\'s jobs, before anything is deployed', async () => {
            await page.locator('#node-input-action').selectOption('startJobRun');
            const dialog = page.locator('.red-ui-tray').last();
            await dialog.locator('[data-field="name"]').waitFor();
            await this.shot('start job run');
            await dialog.locator('[data-field="name"] .red-ui-typedInput-option-expand').click();
            await dialog.locator('.glue-picker li[data-value="nightly"]').waitFor();
            await page.keyboard.press('Escape');
            await page.locator('#node-dialog-ok').waitFor();
            await page.locator('#node-input-action').selectOption('listJobs');
            await page.locator('#node-dialog-ok').click();
            await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
        });

        await step('deployed', async () => {
            await this.deploy();
            const flows = await this.flows();
            const connection = flows.find(({ type }) => type === 'glue-connection');
            assert.deepEqual([connection.kind, connection.fields.region, connection.fields.endpointUrl], ['apiKeySecret', 'us-east-1', endpoint.url]);
            assert.ok(!JSON.stringify(flows).includes(CANARY) && !JSON.stringify(flows).includes(KEY_ID));
        });

        await step('opened again: Start Job Run, the job from the dropdown, an argument, a choice', async () => {
            await this.openNode();
            await page.locator('#node-input-action').selectOption('startJobRun');
            const { groups } = (await red.call('GET', '/glue-connector/manifest')).data;
            const labels = await page.locator('#node-input-action optgroup').evaluateAll(found => found.map(group => group.label));
            assert.deepEqual(labels, groups.map(({ label }) => label), 'actions are listed by the groups of the manifest');
            const dialog = page.locator('.red-ui-tray').last();
            await dialog.locator('[data-field="name"] .red-ui-typedInput-option-expand').click();
            await dialog.locator('.glue-picker li[data-value="nightly"]').waitFor();
            await this.shot('jobs of the account');
            await dialog.locator('.glue-picker li[data-value="nightly"]').click();
            const args = dialog.locator('[data-field="args"]');
            await args.locator('.red-ui-editableList-addButton').click();
            await args.locator('.glue-row-name input').fill('--day');
            await args.locator('.glue-row .glue-input .red-ui-typedInput-input').fill('2026-11-20');
            await this.fill(dialog, 'timeout', '90');
            await dialog.locator('details.glue-more:not(.glue-running) > summary').click();
            await dialog.locator('[data-field="executionClass"] .red-ui-typedInput-option-trigger').click();
            await this.shot('a choice');
            await page.locator('.red-ui-typedInput-options:visible a', { hasText: 'FLEX' }).click();
            await this.shot('filled');
            await this.noSideways(dialog);
            await dialog.locator('[data-field="name"]').scrollIntoViewIfNeeded();
            await this.shot('filled, from the top');
            await page.locator('#node-dialog-ok').click();
            await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
            assert.equal(await this.nodeLabel(), 'Start Job Run');
            await this.deploy();
            const node = (await this.flows()).find(({ type }) => type === 'glue-action');
            assert.deepEqual(node.fields, {
                name: { type: 'str', value: 'nightly' },
                args: { type: 'rows', of: 'map', value: [{ key: '--day', type: 'str', value: '2026-11-20' }] },
                timeout: { type: 'num', value: '90' },
                executionClass: { type: 'option', value: 'FLEX' }
            });
        });

        await step('a message starts the run', async () => {
            const flows = await this.flows();
            const node = flows.find(({ type }) => type === 'glue-action');
            node.wires = [['done']];
            await red.deploy([...flows, ...this.trigger(node)]);
            const { status, data } = await red.post('/go');
            assert.equal(status, 200, JSON.stringify(data));
            assert.ok(data.JobRunId, JSON.stringify(data));
            assert.ok(endpoint.seen.includes('StartJobRun'));
            await page.reload();
            await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
            await red.post('/go');
            await page.locator('.red-ui-flow-node-status-label', { hasText: 'done' }).waitFor();
            await this.shot('status');
        });

        await step('what was stored is shown again, and leaving without a change changes nothing', async () => {
            await this.openNode();
            const dialog = page.locator('.red-ui-tray').last();
            await dialog.locator('[data-field="name"]').waitFor();
            assert.equal(await dialog.locator('[data-field="name"] .red-ui-typedInput-input').inputValue(), 'nightly');
            assert.equal(await dialog.locator('[data-field="args"] .glue-row-name input').inputValue(), '--day');
            assert.equal(await dialog.locator('[data-field="args"] .glue-input .red-ui-typedInput-input').inputValue(), '2026-11-20');
            await page.locator('#node-dialog-ok').click();
            await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
            assert.ok(await page.locator('#red-ui-header-button-deploy.disabled').count(), 'nothing to deploy');
        });

        await step('what is missing or wrong marks the node and the field', async () => {
            await this.openNode();
            const dialog = page.locator('.red-ui-tray').last();
            await this.fill(dialog, 'name', '');
            await this.fill(dialog, 'timeout', '0');
            await dialog.locator('[data-field="timeout"] .red-ui-typedInput-container.input-error').waitFor();
            await this.shot('wrong');
            await page.locator('#node-dialog-ok').click();
            await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
            await page.locator('.red-ui-flow-node-group .red-ui-flow-node-error:visible').first().waitFor();
            await this.openNode();
            await this.fill(dialog, 'name', 'nightly');
            await this.fill(dialog, 'timeout', '90');
            await page.locator('#node-dialog-ok').click();
            await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
            assert.equal(await page.locator('.red-ui-flow-node-group .red-ui-flow-node-error:visible').count(), 0);
        });

        await step('passwords of an action go to the credentials, and stay there', async () => {
            await this.openNode();
            const dialog = page.locator('.red-ui-tray').last();
            await page.locator('#node-input-action').selectOption('createConnection');
            await this.fill(dialog, 'name', `made-in-the-editor-${Date.now()}`);
            await this.fill(dialog, 'connectionType', 'JDBC');
            const properties = dialog.locator('[data-field="connectionProperties"]');
            for (const [name, value] of [['JDBC_ENFORCE_SSL', 'false'], ['JDBC_CONNECTION_URL', 'jdbc:postgresql://db.example.com/x'], ['USERNAME', 'u'], ['PASSWORD', PASSWORD]]) {
                await properties.locator('.red-ui-editableList-addButton').click();
                const row = properties.locator('.glue-row').last();
                await row.locator('.glue-row-name input').fill(name);
                await row.locator('.glue-row-name input').press('Tab');
                await row.locator('.glue-input .red-ui-typedInput-input').fill(value);
            }
            await dialog.locator('details.glue-more:not(.glue-running) > summary').click();
            await dialog.locator('details.glue-group > summary', { hasText: 'Authentication Configuration' }).click();
            await dialog.locator('details.glue-group > summary', { hasText: 'Basic Authentication' }).click();
            await this.fill(dialog, 'authenticationConfiguration.basicAuthenticationCredentials.password', PASSWORD + '-2');
            await properties.scrollIntoViewIfNeeded();
            await this.shot('create connection');
            await dialog.locator('[data-field="authenticationConfiguration.basicAuthenticationCredentials.password"]').scrollIntoViewIfNeeded();
            await this.shot('create connection, groups');
            await this.noSideways(dialog);
            await page.locator('#node-dialog-ok').click();
            await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
            await this.deploy();
            const stored = JSON.stringify(await this.flows());
            assert.ok(!stored.includes(PASSWORD), 'no password in the flow');
            await page.reload();
            await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
            await this.openNode();
            await dialog.locator('[data-field="connectionProperties"]').waitFor();
            await this.shot('create connection, opened again');
            // Another row goes, and the one with the password stays what it was.
            await properties.locator('.red-ui-editableList-item-remove').first().click();
            await until('three rows', async () => await properties.locator('.glue-row').count() === 3);
            await page.locator('#node-dialog-ok').click();
            await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
            await this.deploy();
            const node = (await this.flows()).find(({ type }) => type === 'glue-action');
            assert.deepEqual(node.fields.connectionProperties.value.map(({ key, type }) => [key, type]), [['JDBC_CONNECTION_URL', 'str'], ['USERNAME', 'str'], ['PASSWORD', 'cred']]);
            const made = await red.post('/go', { authenticationConfiguration: null });
            assert.equal(made.status, 200, JSON.stringify(made.data));
            assert.equal(JSON.parse(endpoint.bodies.at(-1)).ConnectionInput.ConnectionProperties.PASSWORD, PASSWORD, 'what was typed is what was sent');
            assert.ok(!red.log.includes(PASSWORD));
        });

        await step('every action\'s form draws', async () => {
            await this.openNode();
            const dialog = page.locator('.red-ui-tray').last();
            const keys = await page.locator('#node-input-action option').evaluateAll(options => options.map(({ value }) => value));
            assert.ok(keys.length > 20);
            for (const key of keys) {
                await page.locator('#node-input-action').selectOption(key);
                await dialog.locator('.glue-fields details').evaluateAll(all => all.forEach(details => { details.open = true; }));
                assert.ok(await dialog.locator('.glue-field').count() > 1, key);
                await this.noSideways(dialog);
            }
            await page.locator('#node-input-action').selectOption('runJob');
            await this.shot('run job');
            await page.locator('#node-dialog-cancel').click();
            await page.locator('#node-dialog-cancel').waitFor({ state: 'detached' });
        });

        await step('the help', async () => {
            await page.evaluate(() => window.RED.sidebar.help.show('glue-action'));
            await page.locator('.red-ui-help h3').first().waitFor();
            await this.shot('help');
        });
    }

    /** POST /go sends a message with the body as its input to the node. */
    trigger(node) {
        return [
            { id: 'go-in', type: 'http in', z: node.z, url: '/go', method: 'post', x: 120, y: 260, wires: [['go-take']] },
            { id: 'go-take', type: 'change', z: node.z, rules: [{ t: 'move', p: 'payload', pt: 'msg', to: 'input', tot: 'msg' }], x: 280, y: 260, wires: [[node.id]] },
            { id: 'done', type: 'http response', z: node.z, statusCode: '', x: 640, y: 260, wires: [] },
            { id: 'the-catch', type: 'catch', z: node.z, scope: null, x: 120, y: 320, wires: [['failed']] },
            { id: 'failed', type: 'change', z: node.z, rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'glue.error', tot: 'msg' }], x: 280, y: 320, wires: [['not-done']] },
            { id: 'not-done', type: 'http response', z: node.z, statusCode: '500', x: 640, y: 320, wires: [] }
        ];
    }

    async fill(dialog, path, text) {
        const input = dialog.locator(`[data-field="${path}"] .red-ui-typedInput-input`).first();
        await input.fill(text);
        await input.press('Tab');
    }

    async openNode() {
        await this.page.locator('.red-ui-flow-node-group.node_glue-action, .red-ui-flow-node-group').filter({ hasText: /Job|Connection/ }).first().dblclick();
        await this.page.locator('#node-dialog-ok').waitFor();
        await this.page.locator('.glue-fields .glue-field').first().waitFor();
        await this.page.waitForTimeout(350); // The tray slides in.
    }

    async nodeLabel() {
        return (await this.page.locator('.red-ui-flow-node-label').first().textContent()).trim();
    }

    async deploy() {
        const answered = this.page.waitForResponse(answer => answer.url().endsWith('/flows') && answer.request().method() === 'POST');
        await this.page.locator('#red-ui-header-button-deploy').click();
        await answered;
        await this.page.locator('#red-ui-header-button-deploy.disabled').waitFor();
    }

    async flows() {
        return (await this.red.call('GET', '/flows')).data;
    }

    /** A dialog that scrolls sideways is one that nobody looked at. */
    async noSideways(dialog) {
        const wide = await dialog.locator('.red-ui-tray-body').evaluate(body => [body, ...body.querySelectorAll('*')].filter(element => {
            const style = getComputedStyle(element);
            return element.scrollWidth > element.clientWidth + 1 && ['auto', 'scroll'].includes(style.overflowX);
        }).map(element => element.className || element.tagName));
        assert.deepEqual(wide, [], 'scrolls sideways');
    }

    async shot(name) {
        this.taken += 1;
        await this.page.waitForTimeout(250);
        await this.page.screenshot({ path: join(this.shots, `${String(this.taken).padStart(2, '0')} ${name}.png`) });
    }
}
