/**
 * The shop's tools in the Vercel AI SDK. Without a model: lists the tools, and calls one with the words of the command line.
 * With a model: `generateText({ model, prompt, tools, stopWhen: stepCountIs(5) })` of the package `ai`.
 */
import { createMCPClient } from '@ai-sdk/mcp'
import { settingsOf } from './settings.ts'

const { url, token } = settingsOf(['url', 'token'])
const query = process.argv.slice(2).join(' ') || 'کفش'

const client = await createMCPClient({
  transport: { type: 'http', url: `${url}/mcp`, headers: { authorization: `Bearer ${token}` } },
})
try {
  const tools = await client.tools()
  console.log(`Tools: ${Object.keys(tools).join(', ')}`)
  const search = tools.search
  if (search === undefined) throw new Error('The server offers no tool named "search".')
  const answer = await search.execute({ query }, { toolCallId: 'example', messages: [], context: {} })
  console.log(JSON.stringify(answer, null, 2))
} finally {
  await client.close()
}
