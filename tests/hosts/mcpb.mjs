// Installs the bundle as a desktop host does, and drives it with the Inspector.
// Arguments: the bundle, the endpoint of an emulator with the job `nightly`, a folder to unpack it in, and the folder
// whose `node_modules` has the packages of `tests/hosts/package.json`. Fails loudly.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [bundle, endpoint, folder, modules] = process.argv.slice(2)
const require = createRequire(join(modules, 'package.json'))
const bin = (name) => join(modules, 'node_modules/.bin', name)
const { getMcpConfigForManifest } = await import(pathToFileURL(require.resolve('@anthropic-ai/mcpb')))

rmSync(folder, { recursive: true, force: true })
execFileSync(bin('mcpb'), ['unpack', bundle, folder], { stdio: 'pipe' })
execFileSync(bin('mcpb'), ['validate', join(folder, 'manifest.json')], { stdio: 'pipe' })
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
assert.ok(statSync(join(folder, manifest.server.entry_point)).mode & 0o100, 'the server can be run')
assert.equal(manifest.user_config.secretAccessKey.sensitive, true)
for (const setting of Object.values(manifest.user_config)) assert.ok(setting.title && setting.description)

async function launch(userConfig, ...args) {
    const config = await getMcpConfigForManifest({
        manifest, extensionPath: folder, systemDirs: {}, userConfig, pathSeparator: '/',
    })
    assert.ok(config, 'the settings are enough')
    const env = { ...config.env, AWS_ENDPOINT_URL: endpoint, NO_PROXY: '127.0.0.1', AWS_EC2_METADATA_DISABLED: 'true' }
    const file = join(folder, 'inspector.json')
    writeFileSync(file, JSON.stringify({ mcpServers: { glue: { command: config.command, args: config.args, env } } }))
    const run = spawnSync(process.execPath, [bin('mcp-inspector'), '--cli', '--config', file, '--server', 'glue', ...args], { encoding: 'utf8' })
    assert.ok(!`${run.stdout}${run.stderr}`.includes('canary-secret'), 'no secret is shown')
    return { code: run.status, stderr: run.stderr, result: run.stdout.trim() ? JSON.parse(run.stdout) : null }
}

const keys = { region: 'us-east-1', accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'canary-secret' }
assert.equal(await getMcpConfigForManifest({ manifest, extensionPath: folder, systemDirs: {}, userConfig: {}, pathSeparator: '/' }), undefined)

const call = (tool, args) => ['--method', 'tools/call', '--tool-name', tool, ...Object.entries(args).flatMap(([k, v]) => ['--tool-arg', `${k}=${v}`])]
for (const era of ['legacy', 'modern']) {
    const listed = await launch({ ...keys, allowWrite: true }, '--method', 'tools/list', '--strict', '--protocol-era', era)
    assert.equal(listed.code, 0, listed.stderr)
    assert.deepEqual(listed.result.tools.map((tool) => tool.name).sort(), manifest.tools.map((tool) => tool.name).sort())

    const looking = await launch(keys, '--method', 'tools/list', '--protocol-era', era)
    assert.ok(looking.result.tools.every((tool) => tool.annotations.readOnlyHint), 'without being allowed to, tools only look')

    const jobs = await launch(keys, ...call('listJobs', {}), '--protocol-era', era)
    assert.deepEqual(jobs.result.structuredContent.JobNames, ['nightly'])

    const missing = await launch(keys, ...call('getJob', { name: 'no-such-job' }), '--protocol-era', era)
    assert.equal(missing.result.isError, true)
    assert.equal(JSON.parse(missing.result.content[0].text).kind, 'notFound')
}
const without = await launch({ region: 'us-east-1' }, ...call('listJobs', {}))
assert.equal(JSON.parse(without.result.content[0].text).kind, 'connection', 'blank settings are as none')
console.log('mcpb: all as it should be')
