// Prints those of the given names whose values the editor keeps as secrets.
// Arguments: the manifest, resources/rules.js, a JSON array of names.

import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

const [manifest, rules, names] = process.argv.slice(2);
const window = { GlueConnector: JSON.parse(readFileSync(manifest, 'utf8')) };
runInNewContext(readFileSync(rules, 'utf8'), { window });
console.log(JSON.stringify(JSON.parse(names).filter(name => window.GlueConnector.isSecretName(name))));
