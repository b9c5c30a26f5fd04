// The flows of the tests: each action behind an HTTP endpoint, errors caught and answered as they reach a Catch node.

export const CANARY = 'canary-secret-access-key';
export const KEY_ID = 'AKIACANARYKEYID';
export const PASSWORD = 'canary-password';

export const connection = (id, endpoint) => ({
    id,
    type: 'glue-connection',
    name: `the ${id} one`,
    kind: 'apiKeySecret',
    fields: { region: 'us-east-1', endpointUrl: endpoint, stsEndpointUrl: endpoint },
    credentials: { accessKeyId: KEY_ID, secretAccessKey: CANARY }
});

/** POST /`path` runs `action`; its body is the message's `input`. */
export function behindHttp(path, action, connection, fields = {}, more = {}) {
    return [
        { id: `${path}-in`, type: 'http in', z: 'tab', url: `/${path}`, method: 'post', wires: [[`${path}-take`]] },
        { id: `${path}-take`, type: 'change', z: 'tab', rules: [{ t: 'move', p: 'payload', pt: 'msg', to: 'input', tot: 'msg' }], wires: [[path]] },
        { id: path, type: 'glue-action', z: 'tab', name: `${path} it`, connection, action, fields, timeout: '', partial: true, wires: [[`${path}-done`]], ...more },
        { id: `${path}-done`, type: 'function', z: 'tab', func: 'msg.payload = { payload: msg.payload, glue: msg.glue, input: msg.input === undefined ? "none" : msg.input }; return msg;', outputs: 1, wires: [[`${path}-out`]] },
        { id: `${path}-out`, type: 'http response', z: 'tab', statusCode: '200', wires: [] }
    ];
}

/** What reaches a Catch node, and the latest status of every node. */
export const around = [
    { id: 'tab', type: 'tab', label: 'tests', disabled: false },
    { id: 'the-catch', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['caught']] },
    { id: 'caught', type: 'function', z: 'tab', func: 'msg.payload = { error: msg.error, glue: msg.glue }; return msg;', outputs: 1, wires: [['caught-out']] },
    { id: 'caught-out', type: 'http response', z: 'tab', statusCode: '500', wires: [] },
    { id: 'the-status', type: 'status', z: 'tab', scope: null, wires: [['keep']] },
    { id: 'keep', type: 'function', z: 'tab', func: 'const all = flow.get("statuses") || {}; (all[msg.status.source.id] = all[msg.status.source.id] || []).push([msg.status.fill, msg.status.text]); flow.set("statuses", all);', outputs: 0, wires: [] },
    { id: 'statuses-in', type: 'http in', z: 'tab', url: '/statuses', method: 'get', wires: [['statuses-get']] },
    { id: 'statuses-get', type: 'function', z: 'tab', func: 'msg.payload = flow.get("statuses") || {}; return msg;', outputs: 1, wires: [['statuses-out']] },
    { id: 'statuses-out', type: 'http response', z: 'tab', statusCode: '200', wires: [] }
];
