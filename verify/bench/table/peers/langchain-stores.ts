/**
 * The three parts that `index()` of @langchain/core needs, on PostgreSQL. They do what PostgresRecordManager, PGVectorStore and
 * OpenAIEmbeddings of LangChain's packages do, with statements for all rows of a batch. Those packages are not installed here.
 */
import { type DocumentInterface, Document as LangchainDocument } from '@langchain/core/documents'
import { Embeddings } from '@langchain/core/embeddings'
import { type ListKeyOptions, RecordManager, type UpdateOptions } from '@langchain/core/indexing'
import { VectorStore } from '@langchain/core/vectorstores'
import type pg from 'pg'

/** Default of OpenAIEmbeddings. */
const TEXTS_A_REQUEST = 512

export class ProviderEmbeddings extends Embeddings {
  readonly url: string

  constructor(url: string) {
    super({})
    this.url = url
  }

  async embedDocuments(texts: string[]): Promise<number[][]> {
    const requests: Promise<number[][]>[] = []
    for (let at = 0; at < texts.length; at += TEXTS_A_REQUEST) {
      requests.push(this.request(texts.slice(at, at + TEXTS_A_REQUEST)))
    }
    return (await Promise.all(requests)).flat()
  }

  async embedQuery(text: string): Promise<number[]> {
    return (await this.request([text]))[0] ?? []
  }

  async request(input: string[]): Promise<number[][]> {
    const response = await fetch(`${this.url}/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fake', input, encoding_format: 'base64' }),
    })
    if (!response.ok) throw new Error(`the provider answered ${response.status}`)
    const { data } = (await response.json()) as { data: { embedding: string }[] }
    return data.map(({ embedding }) => {
      const bytes = Uint8Array.from(Buffer.from(embedding, 'base64'))
      return Array.from(new Float32Array(bytes.buffer))
    })
  }
}

export class PgVectorStore extends VectorStore {
  readonly pool: pg.Pool

  constructor(embeddings: ProviderEmbeddings, pool: pg.Pool) {
    super(embeddings, {})
    this.pool = pool
  }

  async createSchema(dimensions: number): Promise<void> {
    await this.pool.query('create extension if not exists vector')
    await this.pool.query(
      `create table documents (id uuid primary key, content text not null, metadata jsonb not null, vector vector(${dimensions}) not null)`,
    )
  }

  override _vectorstoreType(): string {
    return 'pgvector'
  }

  override async addDocuments(documents: DocumentInterface[], options?: { ids?: string[] }): Promise<void> {
    const vectors = await this.embeddings.embedDocuments(documents.map(({ pageContent }) => pageContent))
    await this.addVectors(vectors, documents, options)
  }

  override async addVectors(vectors: number[][], documents: DocumentInterface[], options?: { ids?: string[] }) {
    await this.pool.query(
      `insert into documents (id, content, metadata, vector)
       select * from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[]::vector[])
       on conflict (id) do update set content = excluded.content, metadata = excluded.metadata, vector = excluded.vector`,
      [
        options?.ids ?? [],
        documents.map(({ pageContent }) => pageContent),
        documents.map(({ metadata }) => JSON.stringify(metadata)),
        vectors.map((vector) => `[${vector.join(',')}]`),
      ],
    )
  }

  override async delete({ ids }: { ids: string[] }): Promise<void> {
    await this.pool.query('delete from documents where id = any($1::uuid[])', [ids])
  }

  override async similaritySearchVectorWithScore(query: number[], k: number): Promise<[LangchainDocument, number][]> {
    const { rows } = await this.pool.query<{ content: string; metadata: Record<string, string>; distance: number }>(
      'select content, metadata, vector <=> $1::vector as distance from documents order by vector <=> $1::vector limit $2',
      [`[${query.join(',')}]`, k],
    )
    return rows.map(({ content, metadata, distance }) => [
      new LangchainDocument({ pageContent: content, metadata }),
      distance,
    ])
  }
}

/** Stores when each document was last seen, and of which product it is. */
export class PgRecordManager extends RecordManager {
  override lc_namespace = ['bench', 'records']
  readonly pool: pg.Pool

  constructor(pool: pg.Pool) {
    super()
    this.pool = pool
  }

  override async createSchema(): Promise<void> {
    await this.pool.query(
      'create table records (key text primary key, group_id text, updated_at double precision not null)',
    )
    await this.pool.query('create index records_by_group on records (group_id, updated_at)')
  }

  override async getTime(): Promise<number> {
    const { rows } = await this.pool.query<{ now: number }>(
      'select extract(epoch from clock_timestamp())::float8 as now',
    )
    return rows[0]?.now ?? Number.NaN
  }

  override async update(keys: string[], { groupIds, timeAtLeast }: UpdateOptions = {}): Promise<void> {
    const now = await this.getTime()
    if (timeAtLeast !== undefined && now < timeAtLeast) throw new Error(`the clock went back: ${now} < ${timeAtLeast}`)
    await this.pool.query(
      `insert into records (key, group_id, updated_at) select key, group_id, $3 from unnest($1::text[], $2::text[]) as r(key, group_id)
       on conflict (key) do update set updated_at = excluded.updated_at, group_id = coalesce(excluded.group_id, records.group_id)`,
      [keys, groupIds ?? keys.map(() => null), now],
    )
  }

  override async exists(keys: string[]): Promise<boolean[]> {
    const { rows } = await this.pool.query<{ key: string }>('select key from records where key = any($1::text[])', [
      keys,
    ])
    const known = new Set(rows.map(({ key }) => key))
    return keys.map((key) => known.has(key))
  }

  override async listKeys({ before, after, groupIds, limit }: ListKeyOptions = {}): Promise<string[]> {
    const { rows } = await this.pool.query<{ key: string }>(
      `select key from records
        where ($1::float8 is null or updated_at < $1) and ($2::float8 is null or updated_at > $2)
          and ($3::text[] is null or group_id = any($3)) limit $4`,
      [before ?? null, after ?? null, groupIds ?? null, limit ?? null],
    )
    return rows.map(({ key }) => key)
  }

  override async deleteKeys(keys: string[]): Promise<void> {
    await this.pool.query('delete from records where key = any($1::text[])', [keys])
  }
}
