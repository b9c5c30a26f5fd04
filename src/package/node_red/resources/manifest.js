// The connector's own description of its actions and connections, which every dialog is drawn from.
(function () {
    'use strict';

    const SET = 'node-red-contrib-glue-connector/glue-connector:glue.';

    // Node-RED loads these files in any order: each adds its part, and none uses another's before all are there.
    const glue = window.GlueConnector = window.GlueConnector || {};
    Object.assign(glue, { actions: [], connections: [], groups: [] });

    glue.t = (key, values) => RED._(SET + key, values);

    glue.loaded = $.getJSON('glue-connector/manifest').then(manifest => Object.assign(glue, manifest));

    glue.action = key => glue.actions.find(action => action.key === key);

    glue.connection = key => glue.connections.find(connection => connection.key === key);

    /** The manifest's groups as [{label, actions}]. A locale may translate a label as `group.<key>`. */
    glue.actionGroups = () => glue.groups.map(({ key, label }) => ({
        label: glue.t('group.' + key, { defaultValue: label }),
        actions: glue.actions.filter(({ group }) => group === key)
    })).filter(({ actions }) => actions.length);
})();
