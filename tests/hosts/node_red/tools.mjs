// What the tests run with, installed once into a folder that stays.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const CHROMIUM = '/usr/bin/chromium';

const PACKAGES = { node: '24', 'node-red': '5', 'node-red-dev': 'latest', 'playwright-core': 'latest' };

export function installTools(workdir) {
    if (!existsSync(CHROMIUM)) {
        throw new Error(`There is no ${CHROMIUM}. On Debian: apt-get install -y chromium`);
    }
    mkdirSync(workdir, { recursive: true });
    const missing = Object.keys(PACKAGES).filter(name => !existsSync(join(workdir, 'node_modules', name, 'package.json')));
    if (missing.length) {
        writeFileSync(join(workdir, 'package.json'), '{"private": true}\n');
        const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
        execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...wanted], { cwd: workdir, stdio: 'inherit' });
    }
}
