// Questions to the connector, through Node-RED's admin API.
(function () {
    'use strict';

    const glue = window.GlueConnector = window.GlueConnector || {};

    function post(path, body) {
        return new Promise((resolve, reject) => {
            $.ajax({ url: 'glue-connector/' + path, method: 'POST', contentType: 'application/json', data: JSON.stringify(body) }).then(reply => {
                if (reply.ok) {
                    resolve(reply);
                } else {
                    reject(reply.error);
                }
            }, answer => reject({ message: glue.t(answer.status === 401 || answer.status === 403 ? 'problem.permission' : 'problem.nodeRed') }));
        });
    }

    /** A connection as it is in the editor, deployed or not, without the secrets that only the server has. */
    glue.connectionBody = function (id) {
        const node = RED.nodes.node(id);
        if (!node) {
            return undefined;
        }
        const credentials = {};
        for (const key of Object.keys(node._def.credentials)) {
            const held = node.credentials || {};
            credentials[key] = held[key] !== undefined ? held[key] : held['has_' + key] !== false ? '__PWRD__' : undefined;
        }
        return { id, changed: Boolean(node.changed), kind: node.kind, fields: node.fields, credentials };
    };

    glue.check = connection => post('check', { connection });

    glue.entries = (connection, dataSource, input) => post('data-source', { connection, dataSource, input })
        .then(({ data }) => ({ entries: data.result, truncated: data.truncated }));
})();
