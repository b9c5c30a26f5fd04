'use strict';

const path = require('path');
const manifest = require('./manifest.json');

const binary = path.join(__dirname, 'bin', process.platform === 'win32' ? 'glue-connector.exe' : 'glue-connector');

/** Fields of connections that belong into Node-RED's encrypted credentials. The key's ID is no secret, but nobody wants it in an exported flow. */
const secrets = {};
for (const { fields } of manifest.connections) {
    for (const [key, schema] of Object.entries(fields.properties)) {
        if (schema.writeOnly || schema.format === 'password') {
            secrets[key] = { type: 'password' };
        } else if (key === 'accessKeyId') {
            secrets[key] = { type: 'text' };
        }
    }
}

/** A request's `connection`, from what the configuration node keeps in two places. Fields of another kind are left out. */
function connectionOf(kind, fields, credentials) {
    const schema = manifest.connections.find(({ key }) => key === kind);
    if (!schema) {
        // The connector says what kinds there are.
        return { key: kind, fields: {} };
    }
    const all = Object.entries({ ...fields, ...credentials });
    return { key: kind, fields: Object.fromEntries(all.filter(([key, value]) => schema.fields.properties[key] && value !== '' && value !== undefined)) };
}

module.exports = { binary, connectionOf, secrets };
