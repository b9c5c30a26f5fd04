// What is wrong with a field, as far as the editor can tell. The connector checks everything again.
(function () {
    'use strict';

    const glue = window.GlueConnector = window.GlueConnector || {};
    // Values that are known only when a message comes.
    const LATER = ['msg', 'flow', 'global', 'jsonata', 'env'];

    glue.isSecret = schema => Boolean(schema.writeOnly || schema.format === 'password');

    glue.isGroup = schema => schema.type === 'object' && Boolean(schema.properties);

    glue.isMap = schema => schema.type === 'object' && typeof schema.additionalProperties === 'object';

    /** Whether a value by this name is likely a secret: the connector's `is_secret`, with the lists of the manifest. */
    glue.isSecretName = name => {
        const { words, harmlessNames, harmlessEnds, harmlessKeys } = glue.secretNames;
        const plain = name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
        const endsIn = ends => ends.some(end => plain.endsWith(end));
        const marked = words.some(word => plain.includes(word)) || (plain.endsWith('key') && !endsIn(harmlessKeys));
        return marked && !endsIn(harmlessEnds) && !harmlessNames.includes(plain);
    };

    /** The first name in a value whose text should not be in a flow. */
    function secretIn(value) {
        if (typeof value !== 'object' || value === null) {
            return undefined;
        }
        for (const [name, inner] of Object.entries(value)) {
            const found = typeof inner === 'string' && inner !== '' && glue.isSecretName(name) ? name : secretIn(inner);
            if (found) {
                return found;
            }
        }
        return undefined;
    }

    /** The text of a problem, or nothing. */
    glue.problem = function (schema, type, value) {
        if (type === 'rows' || LATER.includes(type) || value === '' || value === undefined || value === null || /^\$\{.+\}$/.test(value)) {
            return undefined;
        }
        if (type === 'json') {
            try {
                const name = secretIn(JSON.parse(value));
                return name && glue.t('problem.plainSecret', { name });
            } catch (error) {
                return glue.t('problem.json');
            }
        }
        if (schema.type === 'integer' || schema.type === 'number') {
            const number = Number(value);
            if (!Number.isFinite(number) || (schema.type === 'integer' && !Number.isInteger(number))) {
                return glue.t('problem.' + schema.type);
            }
            if (schema.minimum !== undefined && number < schema.minimum) {
                return glue.t('problem.minimum', { n: schema.minimum });
            }
            if (schema.maximum !== undefined && number > schema.maximum) {
                return glue.t('problem.maximum', { n: schema.maximum });
            }
            return undefined;
        }
        if (schema.type === 'string' && type === 'str') {
            if (schema.minLength > value.length || schema.maxLength < value.length) {
                return glue.t('problem.length', { min: schema.minLength || 0, max: schema.maxLength || '∞' });
            }
            if (schema.pattern && !new RegExp(schema.pattern).test(value)) {
                return schema.format === 'date-time' ? glue.t('problem.time') : glue.t('problem.pattern');
            }
        }
        return undefined;
    };

    glue.isBlank = field => !field || (field.type === 'rows' ? field.of === 'list' && !field.value.length : field.value === '' || field.value === undefined);

    /** Problems of a whole form, as texts for a person: `fields` is what a form's `read` gives. */
    glue.problems = function (schema, fields, { allowMissing = false, prefix = '' } = {}) {
        const required = schema.required || [];
        return Object.entries(schema.properties).flatMap(([key, property]) => {
            const path = prefix + key;
            if (glue.isGroup(property)) {
                // What a group needs, it needs once something is in it.
                const used = Object.keys(fields).some(other => other.startsWith(path + '.'));
                return used ? glue.problems(property, fields, { allowMissing, prefix: path + '.' }) : [];
            }
            const field = fields[path];
            if (glue.isBlank(field)) {
                const needed = required.includes(key) && !allowMissing && !(field && glue.isMap(property));
                return needed ? [glue.t('problem.missing', { title: property.title || key })] : [];
            }
            const inner = glue.isMap(property) ? property.additionalProperties : property.items || {};
            const problems = field.type === 'rows'
                ? field.value.map(row => glue.problem(inner, row.type, row.value))
                : [field.type === 'cred' ? undefined : glue.problem(property, field.type, field.value)];
            return problems.filter(Boolean).map(problem => `${property.title || key}: ${problem}`);
        });
    };
})();
