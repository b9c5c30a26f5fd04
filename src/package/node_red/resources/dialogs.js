// The two edit dialogs: of an action and of a connection.
(function () {
    'use strict';

    const glue = window.GlueConnector = window.GlueConnector || {};
    // The dialogs that are open: an action's, and over it perhaps a connection's.
    const open = new Map();

    /** Nodes are drawn and checked when a flow is loaded, which may be before the manifest is there. */
    glue.checkAgain = () => glue.loaded.then(() => {
        const again = node => {
            if (node.type === 'glue-action' || node.type === 'glue-connection') {
                node.dirty = true;
                RED.editor.validateNode(node);
            }
        };
        RED.nodes.eachNode(again);
        RED.nodes.eachConfig(again);
        RED.view.redraw();
    });

    glue.actionLabel = node => (glue.action(node.action) || { label: node.action }).label;

    glue.connectionLabel = node => (glue.connection(node.kind) || { label: node.kind }).label;

    // Node-RED shows a text as the reason in newer versions; `option` is there where it does.
    function verdict(problems, option) {
        return !problems.length || (option ? problems.join('\n') : false);
    }

    glue.validAction = function (node, fields, option) {
        const action = glue.action(node.action);
        return verdict(action ? glue.problems(action.input, fields || {}, { allowMissing: node.partial }) : [], option);
    };

    glue.validConnection = function (node, fields, option) {
        const connection = glue.connection(node.kind);
        if (!connection) {
            return true;
        }
        const held = node.credentials || {};
        const all = fromPlain(fields || {});
        for (const key of Object.keys(node._def.credentials)) {
            // Before a connection's dialog was opened the editor does not know which secrets there are.
            if (held[key] || held['has_' + key] || (node.id && held[key] === undefined && held['has_' + key] === undefined)) {
                all[key] = { type: 'cred', value: key };
            }
        }
        return verdict(glue.problems(connection.fields, all), option);
    };

    function about(target, { description, documentation }) {
        target.empty().text(description || '');
        if (documentation) {
            target.append(' ', $('<a target="_blank" rel="noopener noreferrer">').attr('href', documentation).text(glue.t('label.documentation')));
        }
    }

    // --- Actions ---

    glue.openAction = function (node) {
        const dialog = $('#dialog-form');
        const hidden = {};
        for (const place of Object.keys(node._def.credentials)) {
            const stored = (node.credentials || {})[place];
            const has = (node.credentials || {})['has_' + place];
            hidden[place] = $('<input type="hidden">').attr('id', 'node-input-' + place).val(stored !== undefined ? stored : has ? '__PWRD__' : '').appendTo(dialog.find('.glue-places'));
        }
        const secrets = keeper(hidden, node.fields || {});
        dialog.find('.glue-running').prop('open', Boolean(node.timeout || node.partial));
        glue.loaded.then(() => {
            const select = dialog.find('#node-input-action');
            for (const { label, actions } of glue.actionGroups()) {
                const group = $('<optgroup>').attr('label', label).appendTo(select);
                actions.forEach(action => $('<option>').val(action.key).text(action.label).appendTo(group));
            }
            if (!glue.action(node.action)) {
                $('<option>').val(node.action).text(node.action).prependTo(select);
            }
            const state = { secrets, fields: node.fields || {} };
            open.set(node.id, state);
            const draw = key => {
                const action = glue.action(key);
                about(dialog.find('.glue-about'), action || {});
                state.form = glue.form(dialog.find('.glue-fields'), action ? action.input : { properties: {} }, state.fields, {
                    dynamic: true,
                    secrets,
                    connection: () => glue.connectionBody(dialog.find('#node-input-connection').val())
                });
            };
            select.val(node.action).on('change', () => {
                // What the next action also has is kept: most have a name and a region.
                state.fields = { ...state.fields, ...state.form.read() };
                draw(select.val());
            });
            draw(node.action);
        }, () => dialog.find('.glue-fields').text(glue.t('problem.nodeRed')));
    };

    glue.saveAction = function (node) {
        const state = open.get(node.id);
        open.delete(node.id);
        if (state) {
            // Places that no field claims again are emptied.
            state.secrets.clear();
            node.fields = state.form.read();
            state.secrets.leave();
        }
    };

    /** Keeps texts of secrets in the inputs that Node-RED stores as credentials. */
    function keeper(hidden, fields) {
        const stored = new Set(Object.values(hidden).filter(input => input.val() !== ''));
        const taken = new Set();
        for (const field of Object.values(fields)) {
            for (const { type, value } of field.type === 'rows' ? field.value : [field]) {
                if (type === 'cred') {
                    taken.add(value);
                }
            }
        }
        return {
            get: place => hidden[place] ? hidden[place].val() : '',
            put(place, text) {
                const free = place || Object.keys(hidden).find(name => !taken.has(name));
                if (!free) {
                    RED.notify(glue.t('problem.tooManySecrets', { n: taken.size }), 'error');
                    return undefined;
                }
                taken.add(free);
                hidden[free].val(text);
                return free;
            },
            clear: () => Object.values(hidden).forEach(input => input.val('')),
            /** Some versions of Node-RED take a blank input for a change: those that were blank before go. */
            leave: () => Object.values(hidden).filter(input => input.val() === '' && !stored.has(input)).forEach(input => input.remove())
        };
    }

    // --- Connections ---

    glue.openConnection = function (node) {
        const hidden = {};
        for (const key of Object.keys(node._def.credentials)) {
            hidden[key] = $('#node-config-input-' + key);
        }
        const secrets = path => ({
            get: () => hidden[path].val(),
            put(_, text) {
                hidden[path].val(text);
                return path;
            }
        });
        glue.loaded.then(() => {
            const select = $('#node-config-input-kind');
            glue.connections.forEach(({ key, label }) => $('<option>').val(key).text(label).appendTo(select));
            const root = select.closest('form');
            const state = { hidden, fields: { ...node.fields } };
            open.set(node.id, state);
            const draw = key => {
                const connection = glue.connection(key);
                const shown = fromPlain(state.fields);
                for (const [name, input] of Object.entries(hidden)) {
                    const property = connection.fields.properties[name];
                    if (property && input.val()) {
                        shown[name] = glue.isSecret(property) ? { type: 'cred', value: name } : { type: 'str', value: input.val() };
                    }
                }
                about(root.find('.glue-about'), connection);
                root.find('.glue-check-result').empty();
                state.form = glue.form(root.find('.glue-fields'), connection.fields, shown, { dynamic: false, secrets, connection: () => ({}) });
            };
            select.val(node.kind).on('change', () => {
                Object.assign(state.fields, take(state));
                draw(select.val());
            });
            draw(node.kind);
            root.find('.glue-check button').on('click', () => check(root, {
                id: node.id,
                changed: true,
                kind: select.val(),
                fields: take(state),
                credentials: Object.fromEntries(Object.entries(hidden).map(([key, input]) => [key, input.val()]))
            }));
        }, () => $('#node-config-input-kind').closest('form').find('.glue-fields').text(glue.t('problem.nodeRed')));
    };

    glue.saveConnection = function (node) {
        const state = open.get(node.id);
        open.delete(node.id);
        if (state) {
            node.fields = take(state);
        }
    };

    /** What is in the form: secrets go to the inputs that Node-RED stores as credentials, the rest is what is returned. */
    function take({ form, hidden }) {
        Object.values(hidden).forEach(input => input.val(''));
        const plain = {};
        for (const [key, { type, value }] of Object.entries(form.read())) {
            if (type === 'cred') {
                continue;
            }
            if (hidden[key]) {
                hidden[key].val(value);
            } else {
                plain[key] = value;
            }
        }
        return plain;
    }

    function fromPlain(fields) {
        return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, { type: typeOf(value), value: String(value) }]));
    }

    function typeOf(value) {
        return value === 'true' || value === 'false' ? 'option' : /^-?\d+$/.test(value) ? 'num' : 'str';
    }

    function check(root, connection) {
        const result = root.find('.glue-check-result').removeClass('glue-failed glue-passed').text(glue.t('check.running'));
        const button = root.find('.glue-check button').prop('disabled', true);
        glue.check(connection).then(({ data }) => {
            result.addClass('glue-passed').text(glue.t('check.passed', { arn: data.Arn, region: data.Region, ms: data.LatencyMs }));
        }, error => {
            result.addClass('glue-failed').text(error.message);
        }).finally(() => {
            button.prop('disabled', false);
            result[0].scrollIntoView({ block: 'nearest' });
        });
    }
})();
