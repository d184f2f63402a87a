/**
 * An S3-compatible store in memory that verifies each signature (AWS Signature Version 4) by its own reading of the specification,
 * with node:crypto alone: no code of the client under test takes part.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const MAX_SKEW_MS = 15 * 60_000

export interface StoredObject {
  bytes: Buffer
  at: Date
}

export interface S3Server {
  url: string
  bucket: string
  region: string
  keyId: string
  secret: string
  /** Objects by key. */
  objects: Map<string, StoredObject>
  /** Uploads in parts that were neither completed nor aborted, by id. */
  uploads: Map<string, { key: string; parts: Map<number, Buffer> }>
  /** Method, path and query of each request whose signature was right. */
  requests: string[]
  /** Requests whose signature was refused. */
  refused: string[]
  /** Minutes by which the store's clock is ahead. */
  skewMinutes: number
  /** Answers a request instead of the store when it returns a code. */
  answerWith: (request: string) => { status: number; code: string } | null
  /** Changes the bytes that are stored. */
  damage: ((bytes: Buffer) => Buffer) | null
  stop(): Promise<void>
}

const sha256 = (value: Buffer | string) => createHash('sha256').update(value).digest('hex')
const hmac = (key: Buffer | string, value: string) => createHmac('sha256', key).update(value).digest()
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

export async function startS3Server(): Promise<S3Server> {
  const store: S3Server = {
    url: '',
    bucket: 'fiko-backups',
    region: 'eu-test-1',
    keyId: 'TESTKEY123',
    secret: 'a secret / with + signs=',
    objects: new Map(),
    uploads: new Map(),
    requests: [],
    refused: [],
    skewMinutes: 0,
    answerWith: () => null,
    damage: null,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const server = createServer((request, response) => {
    handle(store, request, response).catch((error: Error) => {
      response.writeHead(500).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  store.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return store
}

async function handle(store: S3Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const name = `${request.method} ${request.url}`
  const refuse = (status: number, code: string) => {
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the test wants it</Message></Error>`)
  }
  const wrong = signatureFault(store, request, body)
  if (wrong) {
    store.refused.push(`${wrong} ${name}`)
    return refuse(403, wrong)
  }
  store.requests.push(name)
  const planned = store.answerWith(name)
  if (planned) return refuse(planned.status, planned.code)

  const url = new URL(request.url ?? '/', store.url)
  const [, bucket, ...rest] = url.pathname.split('/')
  const key = decodeURIComponent(rest.join('/'))
  const query = url.searchParams
  const xml = (text: string) => response.writeHead(200, { 'content-type': 'application/xml' }).end(text)
  if (bucket !== store.bucket) return refuse(404, 'NoSuchBucket')
  const uploadId = query.get('uploadId')
  const upload = uploadId === null ? undefined : store.uploads.get(uploadId)
  if (uploadId !== null && !upload) return refuse(404, 'NoSuchUpload')
  const keep = (bytes: Buffer) => store.objects.set(key, { bytes: store.damage?.(bytes) ?? bytes, at: new Date() })

  switch (request.method) {
    case 'GET': {
      if (key === '' && query.has('uploads')) {
        const all = [...store.uploads].filter(([, one]) => one.key.startsWith(query.get('prefix') ?? ''))
        return void xml(
          `<ListMultipartUploadsResult>${all.map(([id, one]) => `<Upload><Key>${escaped(one.key)}</Key><UploadId>${id}</UploadId></Upload>`).join('')}</ListMultipartUploadsResult>`,
        )
      }
      if (key === '') return void xml(listing(store, query))
      const found = store.objects.get(key)
      if (!found) return refuse(404, 'NoSuchKey')
      return void response.writeHead(200, { 'content-length': found.bytes.length }).end(found.bytes)
    }
    case 'PUT': {
      if (upload) upload.parts.set(Number(query.get('partNumber')), body)
      else keep(body)
      return void response.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` }).end()
    }
    case 'POST': {
      if (query.has('uploads')) {
        const id = randomBytes(8).toString('hex')
        store.uploads.set(id, { key, parts: new Map() })
        return void xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
      }
      if (!upload || uploadId === null) return refuse(400, 'InvalidRequest')
      const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)]
      const parts = named.map(([, number, tag]) => {
        const part = upload.parts.get(Number(number))
        return part && tag === escaped(`"${createHash('md5').update(part).digest('hex')}"`) ? part : null
      })
      const sizes = parts.slice(0, -1).map((part) => part?.length)
      if (parts.includes(null) || parts.length !== upload.parts.size) return refuse(400, 'InvalidPart')
      if (sizes.some((size) => size !== sizes[0] || size === undefined || size < 5 * 1024 * 1024))
        return refuse(400, 'EntityTooSmall')
      keep(Buffer.concat(parts.filter((part) => part !== null)))
      store.uploads.delete(uploadId)
      return void xml('<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>')
    }
    case 'DELETE': {
      if (uploadId !== null) store.uploads.delete(uploadId)
      else store.objects.delete(key)
      return void response.writeHead(204).end()
    }
    default:
      return refuse(405, 'MethodNotAllowed')
  }
}

/** Two keys a page, so that the client has to follow. */
function listing(store: S3Server, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? ''
  const all = [...store.objects]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([one], [other]) => (one < other ? -1 : 1))
  const from = Number(query.get('continuation-token') ?? 0)
  const page = all.slice(from, from + 2)
  const isTruncated = from + 2 < all.length
  const entries = page.map(
    ([key, { bytes, at }]) =>
      `<Contents><Key>${escaped(key)}</Key><LastModified>${at.toISOString()}</LastModified><Size>${bytes.length}</Size></Contents>`,
  )
  return `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${entries.join('')}${isTruncated ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : ''}</ListBucketResult>`
}

/** The code of the fault, or null for a right signature. */
function signatureFault(store: S3Server, request: IncomingMessage, body: Buffer): string | null {
  const header = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? '',
  )
  if (!header) return 'AccessDenied'
  const [, credential = '', signedHeaders = '', signature = ''] = header
  const [keyId, day, region, service, end] = credential.split('/')
  if (keyId !== store.keyId) return 'InvalidAccessKeyId'
  if (region !== store.region || service !== 's3' || end !== 'aws4_request') return 'AuthorizationHeaderMalformed'
  const date = String(request.headers['x-amz-date'])
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!date.startsWith(String(day)) || Math.abs(Date.now() + store.skewMinutes * 60_000 - at) > MAX_SKEW_MS)
    return 'RequestTimeTooSkewed'
  const names = signedHeaders.split(';')
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.includes(name))) return 'AccessDenied'
  if (request.headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch'

  const [path = '', search = ''] = (request.url ?? '').split('?')
  // Each name and value in RFC 3986 encoding, sorted by their encoded form.
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = [...new URLSearchParams(search)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const canonicalPath = path
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/')
  const headers = names.map((name) => `${name}:${String(request.headers[name]).trim().replace(/\s+/g, ' ')}\n`).join('')
  const canonical = [request.method, canonicalPath, query, headers, signedHeaders, sha256(body)].join('\n')
  const scope = [day, region, service, end].join('/')
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = [region, service, end].reduce<Buffer>(
    (made, part) => hmac(made, String(part)),
    hmac(`AWS4${store.secret}`, String(day)),
  )
  const right = hmac(key, toSign)
  return timingSafeEqual(right, Buffer.from(signature, 'hex')) ? null : 'SignatureDoesNotMatch'
}
