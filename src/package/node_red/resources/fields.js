// One field of a form: the inputs for a schema's type, and what is in them as {type, value}.
(function () {
    'use strict';

    const glue = window.GlueConnector = window.GlueConnector || {};
    const LATER = ['msg', 'flow', 'global', 'jsonata', 'env'];
    const ICONS = 'red/images/typedInput/';
    /** The types that a person can choose from, for the schema of a single value. */
    function typesOf(schema, { dynamic, pick }) {
        const later = dynamic ? LATER : [];
        if (glue.isSecret(schema)) {
            return ['cred', ...later];
        }
        const choices = schema.type === 'boolean' ? ['true', 'false'] : schema.enum;
        if (choices) {
            const blank = schema.default === undefined ? glue.t('field.notSet') : glue.t('field.notSetDefault', { value: nameOf(schema.default) });
            const options = [{ value: '', label: blank }, ...choices.map(value => ({ value, label: nameOf(value) }))];
            return [{ value: 'option', label: glue.t('type.option'), icon: schema.type === 'boolean' ? ICONS + 'bool.svg' : 'fa fa-list-ul', options }, ...later];
        }
        const validate = type => value => glue.problem(schema, type, value) || true;
        if (schema.type === 'integer' || schema.type === 'number') {
            return [{ value: 'num', label: glue.t('type.num'), icon: ICONS + '09.svg', validate: validate('num') }, ...later];
        }
        if (schema.type === 'object' || schema.type === 'array') {
            return ['json', ...later.filter(type => type !== 'env')];
        }
        const text = { value: 'str', label: glue.t('type.str'), icon: ICONS + 'az.svg', validate: validate('str') };
        if (pick) {
            text.expand = pick;
        }
        return [text, ...later];
    }

    function nameOf(value) {
        return value === true || value === 'true' ? glue.t('field.yes') : value === false || value === 'false' ? glue.t('field.no') : String(value);
    }

    /** A typed input. `pick` opens suggestions, `secrets` keeps the texts of secrets. */
    function single(schema, field, options) {
        const element = $('<div class="glue-input">');
        const input = $('<input type="text" style="width: 100%">').attr({ 'aria-label': options.label, placeholder: placeholderOf(schema), autocomplete: 'off' }).appendTo(element);
        let slot = field && field.type === 'cred' ? field.value : undefined;
        const suggestions = options.suggest && function () {
            glue.openPicker({
                anchor: element,
                title: options.label,
                current: input.typedInput('value'),
                load: options.suggest,
                choose: value => input.typedInput('value', value).trigger('change')
            });
        };
        if (suggestions) {
            // A function may have members: Node-RED takes the icon from here.
            suggestions.icon = 'fa-chevron-down';
        }
        const types = typesOf(schema, { dynamic: options.dynamic, pick: suggestions });
        const first = typeof types[0] === 'string' ? types[0] : types[0].value;
        const known = field && types.some(type => (type.value || type) === field.type);
        input.val(field ? slot ? options.secrets.get(slot) : field.value : '');
        input.typedInput({ default: known ? field.type : first, types });
        if (known && !slot) {
            input.typedInput('value', String(field.value));
        }
        const wrong = $('<div class="glue-wrong" role="alert">').appendTo(element);
        const judge = () => {
            const type = input.typedInput('type');
            const value = input.typedInput('value');
            const missing = options.required && value === '' && touched ? glue.t('problem.required') : undefined;
            const problem = type === 'cred' ? missing : glue.problem(schema, type, value) || missing;
            wrong.text(problem || '');
            // Older versions of Node-RED do not call a type's own validation.
            element.find('.red-ui-typedInput-container').toggleClass('input-error', Boolean(problem));
            element.find('.red-ui-typedInput-input').attr('aria-invalid', Boolean(problem));
        };
        let touched = false;
        judge();
        input.on('change keyup', judge);
        element.on('blur', '.red-ui-typedInput-input', () => {
            // A form that was just opened does not complain.
            touched = true;
            judge();
        });
        element.find('.red-ui-typedInput-input').attr('aria-required', Boolean(options.required));
        element.find('.red-ui-typedInput-option-expand').attr({ title: glue.t('picker.open'), 'aria-label': glue.t('picker.open') });
        element.find('.red-ui-typedInput-type-select').attr('aria-label', glue.t('field.type', { title: options.label }));
        if (suggestions) {
            element.on('keydown', '.red-ui-typedInput-input', event => {
                if (event.key === 'ArrowDown' && input.typedInput('type') === 'str') {
                    event.preventDefault();
                    suggestions();
                }
            });
        }
        return {
            element,
            input,
            /** Nothing when it is blank. A secret's text goes to `secrets`, its place is what is kept. */
            read() {
                const type = input.typedInput('type');
                const value = input.typedInput('value');
                if (type === 'cred') {
                    if (value === '') {
                        return undefined;
                    }
                    slot = options.secrets.put(slot, value);
                    return slot ? { type, value: slot } : undefined;
                }
                return value === '' ? undefined : { type, value };
            }
        };
    }

    function placeholderOf(schema) {
        if (schema.default !== undefined && typeof schema.default !== 'object') {
            return glue.t('field.default', { value: String(schema.default) });
        }
        return schema.type === 'integer' && schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum < 2147483647
            ? `${schema.minimum} – ${schema.maximum}` : '';
    }

    /** A list, or a set of names and values: rows, or one expression for all of it. */
    function rows(schema, field, options) {
        const of = glue.isMap(schema) ? 'map' : 'list';
        const inner = of === 'map' ? schema.additionalProperties : schema.items;
        const element = $('<div class="glue-rows">');
        const input = $('<input type="text" style="width: 100%">').attr('aria-label', options.label).appendTo(element);
        const list = $('<ol>').appendTo($('<div class="glue-rows-list">').appendTo(element));
        const byRows = { value: 'rows', label: glue.t(of === 'map' ? 'type.map' : 'type.list'), icon: of === 'map' ? 'fa fa-table' : 'fa fa-list', hasValue: false };
        // A set of secrets has no place in a flow as text.
        const types = [byRows, ...(glue.isSecret(inner) ? [] : ['json']), 'msg', 'flow', 'global', 'jsonata'];
        list.editableList({
            addButton: glue.t(of === 'map' ? 'field.addEntry' : 'field.addItem'),
            height: 'auto',
            removable: true,
            sortable: of === 'list',
            addItem: (container, place, data) => row(container, data)
        });

        function row(container, data) {
            container.addClass('glue-row');
            const names = schema.propertyNames && schema.propertyNames.examples;
            let secret = glue.isSecret(inner);
            let value = single(inner, data.type && data, valueOptions());
            container.data('glue-row', () => {
                const read = value.read();
                if (of === 'map') {
                    const key = data.name.val().trim();
                    // A blank value is a value in a set of names and values.
                    return key === '' ? undefined : { key, ...(read || { type: secret ? 'str' : value.input.typedInput('type'), value: '' }) };
                }
                return read;
            });
            if (of === 'map') {
                const name = $('<div class="glue-row-name">').appendTo(container);
                data.name = $('<input type="text" autocomplete="off">').attr({ placeholder: glue.t('field.name'), 'aria-label': glue.t('field.nameOf', { title: options.label }) })
                    .val(data.key || '').appendTo(name);
                if (names) {
                    $('<button type="button" class="red-ui-button glue-row-pick"><i class="fa fa-chevron-down"></i></button>')
                        .attr({ title: glue.t('picker.open'), 'aria-label': glue.t('picker.open') }).appendTo(name).on('click', () => glue.openPicker({
                            anchor: name,
                            title: options.label,
                            load: () => Promise.resolve({ entries: names.map(text => ({ label: text, value: text })) }),
                            choose: text => data.name.val(text).trigger('change')
                        }));
                }
                data.name.on('change', () => {
                    // The value of a name like PASSWORD is kept as secrets are, out of the flow.
                    if (!secret && glue.isSecretName(data.name.val())) {
                        secret = true;
                        const before = value.input.typedInput('type') === 'str' ? value.input.typedInput('value') : '';
                        const hidden = single({ ...inner, writeOnly: true }, undefined, valueOptions());
                        value.element.replaceWith(hidden.element);
                        value = hidden;
                        value.input.typedInput('value', before);
                    }
                });
                if (!secret && data.key && glue.isSecretName(data.key)) {
                    secret = true;
                    value = single({ ...inner, writeOnly: true }, data.type && data, valueOptions());
                }
            }
            value.element.appendTo(container);
        }

        function valueOptions() {
            return { ...options, required: false, suggest: of === 'list' ? options.suggest : undefined, label: glue.t('field.valueOf', { title: options.label }) };
        }

        input.val(field && field.type !== 'rows' ? field.value : '');
        input.typedInput({ default: field ? field.type : 'rows', types });
        const wrong = $('<div class="glue-wrong" role="alert">').appendTo(element);
        const show = () => {
            element.children('.glue-rows-list').toggle(input.typedInput('type') === 'rows');
            wrong.text(glue.problem(schema, input.typedInput('type'), input.typedInput('value')) || '');
        };
        input.on('change keyup', show);
        show();
        if (field && field.type === 'rows') {
            field.value.forEach(data => list.editableList('addItem', { ...data }));
        }
        return {
            element,
            read() {
                const type = input.typedInput('type');
                if (type !== 'rows') {
                    const value = input.typedInput('value');
                    return value === '' ? undefined : { type, value };
                }
                const value = list.editableList('items').toArray().map(item => item.data('glue-row')()).filter(Boolean);
                // An empty set that is required is given as such: some connections have no properties.
                return value.length || (of === 'map' && options.required) ? { type, of, value } : undefined;
            }
        };
    }

    /** `{element, read()}` for any schema but that of a group. */
    glue.field = function (schema, field, options) {
        const listed = glue.isMap(schema) || (schema.type === 'array' && schema.items && schema.items.type === 'string');
        return (listed && options.dynamic ? rows : single)(schema, field, options);
    };
})();
