import type { Sql } from '../../platform/db/database.ts'
import { invalidInput, notFound, Problem } from '../../platform/errors.ts'
import type { List } from '../../platform/http/lists.ts'
import { formatFa } from '../../platform/i18n.ts'
import { type Actor, writeAuditEntry } from '../../tenants/audit.ts'
import { MAX_SYNONYM_GROUPS, type Synonym, type SynonymChange } from './curation-schemas.ts'
import { beginCurationChange } from './curation-version.ts'
import { phraseKeys } from './phrase-keys.ts'
import type { SynonymGroup } from './tenant-synonyms.ts'

/** Search compares at most this many neighbouring words of a query with a phrase. */
const MAX_WORDS_OF_A_PHRASE = 5

const COLUMNS = `s.id, s.word, s.words, json_build_object('id', u.id, 'email', u.email) as "user", s.created_by, s.created_at, s.updated_at`
const SOURCE = 'search_synonyms s join tenants n on n.id = s.tenant_id join users u on u.id = n.owner_id'

/** The groups that a caller may see, newest first, for `readPage`; null: those of all tenants. */
export function synonymList(tenantId: number | null, userId: string | undefined): List {
  return {
    columns: COLUMNS,
    from: SOURCE,
    where: ['($1::bigint is null or s.tenant_id = $1)', '($2::uuid is null or u.id = $2::uuid)'],
    values: [tenantId, userId ?? null],
    sort: { sql: 's.id', type: 'bigint', descending: true },
    id: 's.id',
  }
}

/**
 * Adds a group of synonyms.
 * @throws {Problem} 400 for words that cannot be searched for, 409 for words that are synonyms already and above the limit
 */
export async function makeSynonym(tx: Sql, tenantId: number, wanted: SynonymGroup, by: Actor): Promise<Synonym> {
  const group = checkGroup(wanted)
  await beginCurationChange(tx, tenantId)
  const [counted] = await tx.query<{ count: number }>(
    'select count(*)::int as count from search_synonyms where tenant_id = $1',
    [tenantId],
  )
  if ((counted?.count ?? 0) >= MAX_SYNONYM_GROUPS) throw tooManyGroups()
  await refuseKnownPairs(tx, tenantId, null, group)
  const [made] = await tx.query<{ id: number }>(
    `insert into search_synonyms (tenant_id, word, words, keys, created_by) values ($1, $2, $3, $4, $5) returning id`,
    [tenantId, group.word, group.words, keysOf(group), by.kind],
  )
  if (!made) throw new Error('the insert of synonyms returned no row')
  await writeAuditEntry(tx, by, {
    action: 'synonym.made',
    target: { kind: 'synonym', id: made.id },
    detail: { ...group },
  })
  return await findSynonym(tx, tenantId, made.id)
}

/** Changes a group. @throws {Problem} 404, and as `makeSynonym` */
export async function changeSynonym(
  tx: Sql,
  caller: number | null,
  id: number,
  change: SynonymChange,
  by: Actor,
): Promise<Synonym> {
  const tenantId = await tenantOf(tx, caller, id)
  await beginCurationChange(tx, tenantId)
  const old = await findSynonym(tx, tenantId, id)
  const group = checkGroup({
    word: change.word === undefined ? old.word : change.word,
    words: change.words ?? old.words,
  })
  await refuseKnownPairs(tx, tenantId, id, group)
  await tx.query(
    'update search_synonyms set word = $3, words = $4, keys = $5, updated_at = now() where tenant_id = $1 and id = $2',
    [tenantId, id, group.word, group.words, keysOf(group)],
  )
  await writeAuditEntry(tx, by, {
    action: 'synonym.changed',
    target: { kind: 'synonym', id },
    detail: { ...group },
  })
  return await findSynonym(tx, tenantId, id)
}

/** Deletes a group. @throws {Problem} 404 */
export async function deleteSynonym(tx: Sql, caller: number | null, id: number, by: Actor): Promise<void> {
  const tenantId = await tenantOf(tx, caller, id)
  await beginCurationChange(tx, tenantId)
  const { word, words } = await findSynonym(tx, tenantId, id)
  await writeAuditEntry(tx, by, {
    action: 'synonym.deleted',
    target: { kind: 'synonym', id },
    detail: { word, words },
  })
  await tx.query('delete from search_synonyms where tenant_id = $1 and id = $2', [tenantId, id])
}

async function tenantOf(tx: Sql, caller: number | null, id: number): Promise<number> {
  const [row] = await tx.query<{ tenantId: number }>(
    'select tenant_id as "tenantId" from search_synonyms where ($1::bigint is null or tenant_id = $1) and id = $2',
    [caller, id],
  )
  if (!row) throw notFound()
  return row.tenantId
}

async function findSynonym(tx: Sql, tenantId: number, id: number): Promise<Synonym> {
  const [found] = await tx.query<Synonym>(`select ${COLUMNS} from ${SOURCE} where s.tenant_id = $1 and s.id = $2`, [
    tenantId,
    id,
  ])
  if (!found) throw notFound()
  return found
}

/** The usual form of a word, in which search compares it. */
function keyOf(word: string): string {
  return phraseKeys(word)[0]?.join(' ') ?? ''
}

function membersOf({ word, words }: SynonymGroup): string[] {
  return word === null ? words : [word, ...words]
}

function keysOf(group: SynonymGroup): string[] {
  return membersOf(group).map(keyOf)
}

/** The group with its words trimmed. @throws {Problem} 400 for each word that cannot be used */
function checkGroup(given: SynonymGroup): SynonymGroup {
  const trimmed = (text: string) => text.replace(/\s+/g, ' ').trim()
  const group = { word: given.word === null ? null : trimmed(given.word), words: given.words.map(trimmed) }
  if (group.word === null && group.words.length < 2) {
    throw issueAt(
      'words',
      'needs two words or more, or a word that finds them',
      'دست‌کم دو کلمه لازم دارد، یا کلمه‌ای که آن‌ها را پیدا کند',
    )
  }
  const known = new Map<string, string>()
  for (const [at, word] of membersOf(group).entries()) {
    const path = group.word === null ? `words.${at}` : at === 0 ? 'word' : `words.${at - 1}`
    const keys = phraseKeys(word)
    const key = keyOf(word)
    if (key === '') throw issueAt(path, 'must contain a letter or a digit', 'باید دست‌کم یک حرف یا رقم داشته باشد')
    // As it is written: the parts of a code (WH-1000XM5) are one word.
    if ((keys[0]?.length ?? 0) > MAX_WORDS_OF_A_PHRASE) {
      throw issueAt(
        path,
        `may have at most ${MAX_WORDS_OF_A_PHRASE} words`,
        `حداکثر ${formatFa(MAX_WORDS_OF_A_PHRASE)} کلمه می‌تواند داشته باشد`,
      )
    }
    const same = known.get(key)
    if (same !== undefined) {
      throw issueAt(path, `is the same word as “${same}” for search`, `برای جست‌وجو همان «${same}» است`)
    }
    known.set(key, word)
  }
  return group
}

/** @throws {Problem} 409 when another group says already that one of the words finds another one of them */
async function refuseKnownPairs(tx: Sql, tenantId: number, id: number | null, group: SynonymGroup): Promise<void> {
  const others = await tx.query<SynonymGroup & { id: number }>(
    `select id, word, words from search_synonyms
      where tenant_id = $1 and ($2::bigint is null or id <> $2) and keys && $3::text[] order by id`,
    [tenantId, id, keysOf(group)],
  )
  const wanted = new Map(pairsOf(group).map((pair) => [pair.key, pair]))
  for (const other of others) {
    const known = pairsOf(other).find(({ key }) => wanted.has(key))
    if (!known) continue
    throw new Problem(409, 'synonym_exists', {
      en: `A search for “${known.from}” already finds “${known.to}” by synonym group ${other.id}: change or delete that group.`,
      fa: `جست‌وجوی «${known.from}» از پیش «${known.to}» را با گروه مترادف ${formatFa(other.id)} پیدا می‌کند: آن گروه را تغییر دهید یا حذف کنید.`,
    })
  }
}

function pairsOf(group: SynonymGroup): { key: string; from: string; to: string }[] {
  const askers = group.word === null ? group.words : [group.word]
  return askers.flatMap((from) =>
    group.words.filter((to) => to !== from).map((to) => ({ key: `${keyOf(from)}\n${keyOf(to)}`, from, to })),
  )
}

function tooManyGroups(): Problem {
  return new Problem(409, 'too_many_synonyms', {
    en: `A tenant has at most ${MAX_SYNONYM_GROUPS} groups of synonyms: delete one, or add the words to another group.`,
    fa: `حداکثر ${formatFa(MAX_SYNONYM_GROUPS)} گروه مترادف ممکن است: یکی را حذف کنید یا کلمه‌ها را به گروه دیگری اضافه کنید.`,
  })
}

function issueAt(path: string, en: string, fa: string): Problem {
  return invalidInput([{ path, detail: { en, fa } }])
}
