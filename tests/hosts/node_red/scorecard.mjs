// `node-red-dev validate`, without the lists of other packages that it would fetch.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Gives the scorecard. Whether others use similar names cannot be told from it: the list of others is empty here. */
export function scorecard(workdir, modules, tarball) {
    const folder = join(workdir, 'validate');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', folder]);
    const { version, engines } = JSON.parse(readFileSync(join(modules, 'node_modules', 'node-red', 'package.json'), 'utf8'));
    const answers = {
        catalogue: { modules: [] },
        nodeRed: { 'dist-tags': { latest: version }, versions: { [version]: { engines } } }
    };
    const stub = join(folder, 'answers.js');
    writeFileSync(stub, `'use strict';
const answers = ${JSON.stringify(answers)};
const { Module } = require('node:module');
const load = Module._load;
Module._load = function (name, ...rest) {
    return name === 'axios' ? { get: async url => ({ data: url.includes('catalogue') ? answers.catalogue : answers.nodeRed }) } : load.call(this, name, ...rest);
};
`);
    const output = join(folder, 'scorecard.json');
    const { stdout, stderr } = spawnSync(process.execPath, ['--require', stub, join(modules, 'node_modules', 'node-red-dev', 'bin', 'run'), 'validate', '--path', join(folder, 'package'), '--output', output], { encoding: 'utf8', timeout: 120000, input: '' });
    try {
        return { text: stdout + stderr, card: JSON.parse(readFileSync(output, 'utf8')) };
    } catch {
        throw new Error(`node-red-dev wrote no scorecard:\n${stdout}${stderr}`);
    }
}
