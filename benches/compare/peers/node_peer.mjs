// The same calls by the JavaScript SDK: `cold`, or `warm CALLS IN_FLIGHT`, or `all NAMES`. Prints what `compare` reads.

import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { GlueClient, ListJobsCommand, paginateListJobs } from '@aws-sdk/client-glue'

const [mode, first, second] = process.argv.slice(2)
const agents = { keepAlive: true, maxSockets: mode === 'warm' ? Number(second) : 1 }
const glue = new GlueClient({
    endpoint: process.env.ENDPOINT,
    requestHandler: { httpAgent: new HttpAgent(agents), httpsAgent: new HttpsAgent(agents) },
})

async function call() {
    const began = performance.now()
    const { JobNames } = await glue.send(new ListJobsCommand({}))
    if (!JobNames.length) throw new Error('no names')
    return Math.round((performance.now() - began) * 1000)
}

if (mode === 'cold') {
    await call()
} else {
    const latencies = []
    const began = performance.now()
    if (mode === 'warm') {
        let left = Number(first)
        const worker = async () => {
            while (left-- > 0) latencies.push(await call())
        }
        await Promise.all(Array.from({ length: Number(second) }, worker))
    } else {
        const names = []
        for await (const page of paginateListJobs({ client: glue }, { MaxResults: 1000, Tags: { names: first } })) names.push(...page.JobNames)
        if (names.length !== Number(first)) throw new Error(`${names.length} names`)
    }
    console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000, latencies }))
    process.stdin.resume()
    process.stdin.on('end', () => process.exit(0))
}
