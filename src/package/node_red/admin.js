'use strict';

const manifest = require('./manifest.json');
const { Child } = require('./child');
const { binary, connectionOf, secrets } = require('./connection');

const TIMEOUT_MS = 20000;
const UNCHANGED = '__PWRD__';

// The editor needs no outputs and examples, which are two thirds of the manifest.
const forEditor = {
    secretNames: manifest.secretNames,
    groups: manifest.groups,
    connections: manifest.connections,
    actions: manifest.actions.map(({ output, example, ...shown }) => shown)
};

/** What the editor asks: the manifest, the entries of a dropdown, whether a connection works. */
module.exports = function (RED) {
    RED.httpAdmin.get('/glue-connector/manifest', RED.auth.needsPermission('flows.read'), (req, res) => res.json(forEditor));

    RED.httpAdmin.post('/glue-connector/data-source', RED.auth.needsPermission('flows.write'), answer(({ dataSource, input }) => ({ dataSource, input: withVariables(input) })));

    RED.httpAdmin.post('/glue-connector/check', RED.auth.needsPermission('flows.write'), answer(() => ({ check: true })));

    function answer(bodyOf) {
        return async (req, res) => {
            try {
                const { connection, ...asked } = req.body || {};
                res.json(await ask(connection || {}, { ...bodyOf(asked), timeoutMs: TIMEOUT_MS }));
            } catch (error) {
                res.json({ ok: false, error: { kind: 'internal', message: error.message, effect: 'none', retryable: false } });
            }
        };
    }

    async function ask(connection, body) {
        const deployed = RED.nodes.getNode(connection.id);
        if (deployed && deployed.ask && !connection.changed) {
            return deployed.ask(body, false).answer;
        }
        // What is in the dialog but not deployed: a child of its own, which ends with the answer.
        const child = new Child(binary);
        try {
            return await child.request({ ...body, connection: draft(connection, deployed) }, false).answer;
        } finally {
            child.close();
        }
    }

    /** The editor knows a stored secret only as a mark, which stands for what is stored here. */
    function draft({ id, kind, fields, credentials }, deployed) {
        if (!kind) {
            return undefined;
        }
        const stored = (id && RED.nodes.getCredentials(id)) || {};
        const given = {};
        for (const key of Object.keys(secrets)) {
            const value = (credentials || {})[key];
            given[key] = value === UNCHANGED ? stored[key] : value;
        }
        const { key, fields: both } = connectionOf(kind, fields, given);
        return { key, fields: withVariables(both, deployed) };
    }

    /** `${NAME}` is a variable of the environment, as everywhere in Node-RED. */
    function withVariables(values, deployed) {
        return Object.fromEntries(Object.entries(values || {}).map(([key, value]) => {
            const variable = /^\$\{(.+)\}$/.exec(value);
            return [key, variable ? RED.util.evaluateNodeProperty(variable[1], 'env', deployed || null) : value];
        }));
    }
};
