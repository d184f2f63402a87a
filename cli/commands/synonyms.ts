import type { Command } from 'commander'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { Synonym as ServerSynonym } from '../../server/src/search/curation/curation-schemas.ts'
import { idArgument } from '../arguments.ts'
import { listAll, withServer } from '../connection.ts'
import { show, table } from '../output.ts'

type Synonym = Wire<ServerSynonym>

const PATH = '/api/v1/knowledge/synonyms/'

/** `fiko synonym list|add|delete`. */
export function synonymCommands(program: Command): void {
  const synonym = program.command('synonym').description('words that mean the same for search')

  synonym
    .command('list')
    .description('the groups of synonyms of all owners')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const results = await listAll<Synonym>(server, PATH)
        show(results, options.json, () =>
          table(results, {
            id: (row: Synonym) => row.id,
            owner: (row: Synonym) => row.user.email,
            words: wordsOf,
          }),
        )
      })
    })

  synonym
    .command('add')
    .description('declare that words mean the same; with --word, that a search for it also finds them')
    .argument('<words...>', 'words or phrases, each phrase in quotes')
    .option('--word <word>', 'the word that finds the others, and not the reverse')
    .option('--user <id>', 'the owner’s id; by default the first admin')
    .option('--json', 'for scripts', false)
    .action(async (words, options) => {
      await withServer(async (server) => {
        const made = await server.request<Synonym>('POST', PATH, {
          words,
          ...(options.word !== undefined && { word: options.word }),
          ...(options.user !== undefined && { user_id: options.user }),
        })
        show(made, options.json, () => `Synonyms ${made.id}: ${wordsOf(made)}`)
      })
    })

  synonym
    .command('delete')
    .description('delete a group of synonyms')
    .argument('<id>', 'the group’s id', idArgument)
    .option('--json', 'for scripts', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        await server.request('DELETE', `${PATH}${id}/`)
        show({ id, deleted: true }, options.json, () => `Synonyms ${id} are deleted.`)
      })
    })
}

function wordsOf({ word, words }: Synonym): string {
  return word === null ? words.join(' = ') : `${word} → ${words.join(', ')}`
}
