/**
 * The shop's tools in LangChain. Without a model: lists the tools, and calls one with the words of the command line.
 * With a model: `createAgent({ model, tools })` of the package `langchain`.
 */
import { MultiServerMCPClient } from '@langchain/mcp-adapters'
import { settingsOf } from './settings.ts'

const { url, token } = settingsOf(['url', 'token'])
const query = process.argv.slice(2).join(' ') || 'کفش'

const client = new MultiServerMCPClient({
  mcpServers: { shop: { url: `${url}/mcp`, headers: { authorization: `Bearer ${token}` } } },
})
try {
  const tools = await client.getTools()
  console.log(`Tools: ${tools.map(({ name }) => name).join(', ')}`)
  const search = tools.find(({ name }) => name === 'search')
  if (search === undefined) throw new Error('The server offers no tool named "search".')
  console.log(await search.invoke({ query }))
} finally {
  await client.close()
}
