// A form for a JSON schema: labels, help, groups, and what is rarely needed folded away.
(function () {
    'use strict';

    const glue = window.GlueConnector = window.GlueConnector || {};
    // With more fields than this, optional ones at the end are folded away.
    const SHOWN = 8;
    let serial = 0;

    /**
     * Draws the form of `schema` into `container`, with `fields` as `read` gave them before.
     * Options: `dynamic` for values from messages, `secrets` {get(place), put(place, text)}, `connection()` for suggestions.
     * Gives {read()}.
     */
    glue.form = function (container, schema, fields, options) {
        const parts = {};
        container.empty().addClass('glue-form');
        draw(container, schema, '', true);
        return {
            read() {
                const all = Object.entries(parts).map(([path, part]) => [path, part.read()]);
                return Object.fromEntries(all.filter(([, field]) => field !== undefined));
            }
        };

        function draw(target, group, prefix, top) {
            const required = group.required || [];
            const all = Object.entries(group.properties).map(([key, property]) => ({ path: prefix + key, property, required: required.includes(key), title: property.title || key }));
            // Nobody should have to scroll for what cannot be left out.
            const ordered = [...all.filter(field => field.required), ...all.filter(field => !field.required)];
            const rare = top ? ordered.filter((field, place) => !field.required && (field.property['x-advanced'] || (all.length > SHOWN + 2 && place >= SHOWN))) : [];
            ordered.filter(field => !rare.includes(field)).forEach(field => add(target, field));
            if (rare.length) {
                const used = rare.some(({ path }) => isUsed(path));
                const body = fold(target, glue.t('form.more', { n: rare.length }), used, 'glue-more');
                rare.forEach(field => add(body, field));
            }
        }

        function add(target, { path, property, required, title }) {
            if (glue.isGroup(property)) {
                const body = fold(target, title, isUsed(path), 'glue-group');
                help(body, property);
                draw(body, property, path + '.', false);
                return;
            }
            const row = $('<div class="glue-field">').attr('data-field', path).appendTo(target);
            const id = `glue-field-${++serial}`;
            const label = $('<label>').attr('for', id).text(title).appendTo(row);
            if (required) {
                $('<span class="glue-required">').attr('title', glue.t('form.required')).text('*').appendTo(label);
            }
            const part = glue.field(property, fields[path], {
                dynamic: options.dynamic,
                secrets: options.secrets && typeof options.secrets === 'function' ? options.secrets(path) : options.secrets,
                label: title,
                required,
                suggest: suggestions(property, path)
            });
            part.element.appendTo(row).find('.red-ui-typedInput-input').first().attr('id', id);
            parts[path] = part;
            help(row, property);
        }

        function help(target, { description }) {
            if (description) {
                const text = $('<div class="glue-help">').appendTo(target);
                // Backticks mark code in the manifest.
                description.split('`').forEach((piece, place) => (place % 2 ? $('<code>') : $('<span>')).text(piece).appendTo(text));
            }
        }

        function fold(target, title, open, kind) {
            const details = $('<details>').addClass(kind).prop('open', open).appendTo(target);
            $('<summary>').text(title).appendTo(details);
            return $('<div class="glue-fold">').appendTo(details);
        }

        function isUsed(path) {
            return Object.keys(fields).some(other => other === path || other.startsWith(path + '.'));
        }

        /** What the field's picker loads: the values that the schema names, or a data source of the connector. */
        function suggestions(property, path) {
            const examples = property.examples || (property.items && property.items.examples);
            const source = property['x-data-source'];
            if (source) {
                return () => {
                    const connection = options.connection();
                    if (!connection) {
                        return Promise.reject(new Error(glue.t('problem.noConnection')));
                    }
                    return glue.entries(connection, source.key, literals(source.inputs || [], path));
                };
            }
            return examples && (() => Promise.resolve({ entries: examples.map(value => ({ label: value, value })) }));
        }

        function literals(inputs, path) {
            const input = { limit: 1000 };
            for (const key of inputs) {
                const field = parts[path.slice(0, path.lastIndexOf('.') + 1) + key];
                const value = field && field.read();
                if (value && ['str', 'option', 'num'].includes(value.type)) {
                    input[key] = value.value;
                } else if (value && value.type === 'env') {
                    input[key] = '${' + value.value + '}';
                }
            }
            return input;
        }
    };
})();
