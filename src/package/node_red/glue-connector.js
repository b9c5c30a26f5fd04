'use strict';

const manifest = require('./manifest.json');
const admin = require('./admin');
const { Child } = require('./child');
const { binary, connectionOf, secrets } = require('./connection');
const { GlueError, noConnection } = require('./errors');
const { buildInput } = require('./input');

// Places for the secrets of an action's input. Node-RED wants their names beforehand; which field has which is in the node's `fields`.
const PLACES = 20;
const places = Object.fromEntries(Array.from({ length: PLACES }, (_, place) => [`secret${place}`, { type: 'password' }]));

module.exports = function (RED) {
    admin(RED);

    function GlueConnection(config) {
        RED.nodes.createNode(this, config);
        const node = this;
        const connection = connectionOf(config.kind, config.fields, node.credentials);
        node.child = new Child(binary, line => node.log(line));
        node.ask = (body, changes) => node.child.request({ ...body, connection }, changes);
        node.on('close', done => node.child.close().then(() => done(), done));
    }

    function GlueAction(config) {
        RED.nodes.createNode(this, config);
        const node = this;
        const connection = RED.nodes.getNode(config.connection);
        const action = manifest.actions.find(({ key }) => key === config.action);
        const changes = action ? action.annotations.changes : true;
        const running = new Set();

        node.on('input', async (msg, send, done) => {
            msg.glue = { action: config.action };
            let request;
            try {
                if (!connection || !connection.ask) {
                    throw new GlueError(noConnection());
                }
                const body = { action: config.action, input: await buildInput(RED, node, config.fields, msg) };
                if (Number(config.timeout) > 0) {
                    body.timeoutMs = Math.round(Number(config.timeout) * 1000);
                }
                request = connection.ask(body, changes);
                running.add(request);
                showRunning();
                const reply = await request.answer;
                msg.glue.meta = reply.meta;
                if (!reply.ok) {
                    throw new GlueError(reply.error);
                }
                running.delete(request);
                msg.payload = reply.data;
                // It was for this node: the next one has other fields.
                delete msg.input;
                show({ fill: 'green', shape: 'dot', text: RED._('glue.status.done') });
                send(msg);
                done();
            } catch (error) {
                running.delete(request);
                const problem = error instanceof GlueError ? error.cause : { kind: 'internal', message: error.message, effect: 'unknown', retryable: false };
                // Catch nodes get a copy of the message: the whole error is in it, whatever version of Node-RED makes the copy.
                msg.glue.error = problem;
                show({ fill: 'red', shape: 'ring', text: problem.kind });
                done(error);
            }
        });

        function show(status) {
            if (running.size) {
                showRunning();
            } else {
                node.status(status);
            }
        }

        function showRunning() {
            if (connection.child.state === 'restarting') {
                node.status({ fill: 'yellow', shape: 'ring', text: RED._('glue.status.restarting') });
            } else {
                node.status({ fill: 'blue', shape: 'ring', text: RED._('glue.status.running', { n: running.size }) });
            }
        }

        function follow() {
            if (running.size) {
                showRunning();
            }
        }

        if (connection && connection.child) {
            connection.child.on('state', follow);
        }

        // A cancelled request is still answered: with what became of the change.
        node.on('close', done => {
            const answers = [...running].map(request => {
                request.cancel();
                return request.answer;
            });
            Promise.all(answers).then(() => {
                if (connection && connection.child) {
                    connection.child.off('state', follow);
                }
                node.status({});
                done();
            });
        });
    }

    RED.nodes.registerType('glue-connection', GlueConnection, { credentials: secrets });
    RED.nodes.registerType('glue-action', GlueAction, { credentials: places });
};
