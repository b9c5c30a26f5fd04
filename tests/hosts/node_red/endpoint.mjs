// An endpoint between the connector and the emulator that can keep silent, and knows what came.

import { createServer, request } from 'node:http';

export class Endpoint {
    constructor(target) {
        this.target = new URL(target);
        this.silent = false;
        this.seen = []; // operations of Glue
        this.bodies = []; // of CreateConnection
    }

    async start() {
        this.server = createServer((asked, answer) => {
            this.seen.push(String(asked.headers['x-amz-target'] || '').split('.').pop());
            if (this.silent) {
                asked.resume();
                return;
            }
            const passed = request({ host: this.target.hostname, port: this.target.port, path: asked.url, method: asked.method, headers: asked.headers }, reply => {
                answer.writeHead(reply.statusCode, reply.headers);
                reply.pipe(answer);
            });
            passed.on('error', () => answer.destroy());
            asked.pipe(passed);
            if (this.seen.at(-1) === 'CreateConnection') {
                const parts = [];
                asked.on('data', part => parts.push(part)).on('end', () => this.bodies.push(Buffer.concat(parts).toString()));
            }
        });
        await new Promise(resolve => this.server.listen(0, '127.0.0.1', resolve));
        this.url = `http://127.0.0.1:${this.server.address().port}`;
    }

    stop() {
        this.server.closeAllConnections();
        this.server.close();
    }
}
