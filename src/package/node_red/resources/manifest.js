// The connector's own description of its actions and connections, which every dialog is drawn from.
(function () {
    'use strict';

    const SET = 'node-red-contrib-glue-connector/glue-connector:glue.';
    const GROUPS = [
        ['workflows', /workflow/i],
        ['crawlers', /crawl/i],
        ['triggers', /trigger/i],
        ['connections', /connection/i],
        ['jobs', /job/i],
        ['other', /./]
    ];
    const ORDER = ['jobs', 'crawlers', 'triggers', 'workflows', 'connections', 'other'];

    // Node-RED loads these files in any order: each adds its part, and none uses another's before all are there.
    const glue = window.GlueConnector = window.GlueConnector || {};
    Object.assign(glue, { actions: [], connections: [] });

    glue.t = (key, values) => RED._(SET + key, values);

    glue.loaded = $.getJSON('glue-connector/manifest').then(manifest => Object.assign(glue, manifest));

    glue.action = key => glue.actions.find(action => action.key === key);

    glue.connection = key => glue.connections.find(connection => connection.key === key);

    /** [{label, actions}] by the resource that they are about. */
    glue.groups = () => ORDER.map(group => ({
        label: glue.t('group.' + group),
        actions: glue.actions.filter(({ key }) => GROUPS.find(([, pattern]) => pattern.test(key))[0] === group)
    })).filter(({ actions }) => actions.length);
})();
