'use strict';

// Every error of these nodes has the shape of the connector's own, so that a flow has one thing to branch on.

function ended(changes, how) {
    return {
        kind: 'badResponse',
        message: changes
            ? `The connector ended (${how}) before it answered. The change may have been made: check the resource before you retry.`
            : `The connector ended (${how}) before it answered. Nothing was changed: try again.`,
        effect: changes ? 'unknown' : 'none',
        retryable: !changes
    };
}

function notStarted(reason) {
    return {
        kind: 'internal',
        message: `The connector could not be started: ${reason}. Is the package built for this operating system and processor?`,
        effect: 'none',
        retryable: false
    };
}

function cancelled() {
    return { kind: 'cancelled', message: 'The node was closed before the request was sent.', effect: 'none', retryable: false };
}

function invalidInput(message, field) {
    return { kind: 'invalidInput', message, field, effect: 'none', retryable: false };
}

function noConnection() {
    return { kind: 'connection', message: 'The node has no connection, or its connection is disabled. Choose one in the node.', effect: 'none', retryable: false };
}

/** What `done` is called with. Catch nodes copy `cause` and `code`, and the text. */
class GlueError extends Error {
    constructor(error) {
        super(error.message);
        this.name = 'GlueError';
        // Where in this package it was noticed helps nobody, and Catch nodes would pass it on.
        this.stack = `GlueError: ${error.message}`;
        Object.assign(this, error);
        // Catch nodes copy only members of the error itself: with this, `msg.error.cause.kind` is there.
        this.cause = error;
    }

    toString() {
        return this.message;
    }
}

module.exports = { GlueError, cancelled, ended, invalidInput, noConnection, notStarted };
