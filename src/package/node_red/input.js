'use strict';

const { GlueError, invalidInput } = require('./errors');

// Kept in step with resources/fields.js, which writes what is read here:
//   {"path.to.field": {type, value}}, where `rows` are lists and maps, `option` is a choice and `cred` names a secret.

/** The action's input for one message: what the node says, and over it what the message says. */
async function buildInput(RED, node, fields, msg) {
    const input = {};
    for (const [path, field] of Object.entries(fields || {})) {
        const value = await evaluateField(RED, node, field, msg, path);
        if (value !== undefined && value !== '') {
            put(input, path.split('.'), value);
        }
    }
    // What is blank is not given, as in the connector's own input.
    if (msg.input === undefined || msg.input === null || msg.input === '') {
        return input;
    }
    if (!isObject(msg.input)) {
        throw new GlueError(invalidInput('msg.input has to be an object with the action\'s fields.', '/input'));
    }
    return merge(input, msg.input);
}

async function evaluateField(RED, node, field, msg, path) {
    if (field.type !== 'rows') {
        return evaluate(RED, node, field, msg, path);
    }
    const rows = [];
    for (const row of field.value) {
        rows.push([row.key, await evaluate(RED, node, row, msg, path)]);
    }
    const given = rows.filter(([, value]) => value !== undefined);
    return field.of === 'map' ? fromEntries(given.map(([key, value]) => [key, asText(value)])) : given.map(([, value]) => value);
}

function evaluate(RED, node, { type, value }, msg, path) {
    switch (type) {
        case 'str':
        case 'option':
            return value;
        case 'cred':
            return node.credentials[value];
        case 'num':
            return value === '' ? undefined : Number(value);
    }
    return new Promise((resolve, reject) => {
        RED.util.evaluateNodeProperty(value, type, node, msg, (error, result) => error ? reject(error) : resolve(result));
    }).catch(error => {
        throw new GlueError(invalidInput(`The value of ${path} could not be worked out: ${error.message}`, '/input/' + path.replaceAll('.', '/')));
    });
}

/** The values of sets of names and values are texts; a message may well hold a number or an object. */
function asText(value) {
    return typeof value === 'string' ? value : JSON.stringify(value);
}

function put(target, [key, ...rest], value) {
    if (rest.length) {
        target[key] = target[key] || {};
        put(target[key], rest, value);
    } else {
        target[key] = value;
    }
}

/** Sets of names and values, and groups of fields, are merged member by member; everything else is replaced. */
function merge(base, over) {
    const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
    return fromEntries([...keys].map(key => {
        const given = Object.hasOwn(over, key);
        const both = given && Object.hasOwn(base, key) && isObject(base[key]) && isObject(over[key]);
        return [key, both ? merge(base[key], over[key]) : (given ? over : base)[key]];
    }));
}

// Unlike an assignment, this makes `__proto__` a member like any other.
function fromEntries(entries) {
    return Object.fromEntries(entries);
}

function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

module.exports = { buildInput };
