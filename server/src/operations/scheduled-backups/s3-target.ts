import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { decodeXML } from 'entities'
import type { S3Destination } from '../../platform/config.ts'
import { type BackupTarget, noSuchBackup, readName, type StoredFile, TargetError } from './backup-target.ts'
import { answerError, networkError } from './s3-errors.ts'

/** A part is in memory. Parts are of one size, as some stores require; a store takes 10,000 of them: 160 GB. */
const PART_BYTES = 16 * 1024 * 1024
const MAX_PARTS = 10_000
/** A request may take this long: a part at 230 kbit/s. */
const REQUEST_TIMEOUT_MS = 10 * 60_000
/** Attempts of a request that got no answer, 429 or 5xx, with 0.5 s, then 1 s between them. */
const ATTEMPTS = 3
const FIRST_PAUSE_MS = 500
const ABORT_TIMEOUT_MS = 30_000

interface Call {
  method: string
  key?: string
  query?: Record<string, string>
  body?: Buffer<ArrayBuffer>
  stop?: AbortSignal | undefined
}

/** Backups as objects of a bucket, by signed requests (AWS Signature Version 4). Larger ones are sent in parts. */
export function openS3(destination: S3Destination): BackupTarget {
  const { bucket, prefix } = destination
  const place = `s3://${bucket}/${prefix}`
  const send = sender(destination)
  /** @throws {TargetError} for an answer that is not a success */
  const call = async (asked: Call): Promise<Response> => {
    const answer = await send(asked)
    if (answer.ok) return answer
    throw answerError(destination, answer.status, await answer.text().catch(() => ''))
  }
  const textOf = async (asked: Call) => await (await call(asked)).text()
  const keyOf = (name: string) => `${prefix}${name}`
  const remove = async (name: string) => {
    await (await call({ method: 'DELETE', key: keyOf(name) })).arrayBuffer()
  }
  const read = async (name: string): Promise<Readable> => {
    if (readName(name) === null) throw noSuchBackup(name, place)
    const answer = await send({ method: 'GET', key: keyOf(name) })
    if (answer.status === 404) {
      const text = await answer.text()
      throw text.includes('NoSuchBucket') ? answerError(destination, 404, text) : noSuchBackup(name, place)
    }
    if (!answer.ok || !answer.body) throw answerError(destination, answer.status, await answer.text().catch(() => ''))
    return Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0])
  }

  return {
    kind: 's3',
    place,
    write: async (name, source, stop) => {
      try {
        const bytes = await upload(call, keyOf(name), source, stop)
        return { bytes, read: () => read(name), keep: async () => {}, discard: () => remove(name) }
      } catch (error) {
        source.destroy()
        throw error
      }
    },
    list: async () => {
      const files: StoredFile[] = []
      for (let token: string | null = null; ; ) {
        const query = { 'list-type': '2', prefix, ...(token !== null && { 'continuation-token': token }) }
        const text = await textOf({ method: 'GET', query })
        for (const part of partsOf(text, 'Contents')) {
          const name = (textIn(part, 'Key') ?? '').slice(prefix.length)
          if (readName(name) === null) continue
          files.push({ name, bytes: Number(textIn(part, 'Size')), at: new Date(textIn(part, 'LastModified') ?? 0) })
        }
        token = textIn(text, 'IsTruncated') === 'true' ? textIn(text, 'NextContinuationToken') : null
        if (token === null) break
      }
      return files.sort((one, other) => (one.name < other.name ? -1 : 1))
    },
    read,
    remove,
    removePartial: async (beginning) => {
      const text = await textOf({ method: 'GET', query: { uploads: '', prefix: keyOf(beginning) } })
      for (const part of partsOf(text, 'Upload')) {
        const [key, uploadId] = [textIn(part, 'Key'), textIn(part, 'UploadId')]
        if (!key?.startsWith(keyOf(beginning)) || !uploadId) continue
        await (await call({ method: 'DELETE', key, query: { uploadId } })).arrayBuffer()
      }
    },
  }
}

/** Sends all bytes: one request, or parts when there are more than one part holds. Returns their number. */
async function upload(
  call: (asked: Call) => Promise<Response>,
  key: string,
  source: Readable,
  stop: AbortSignal,
): Promise<number> {
  let uploadId: string | null = null
  let bytes = 0
  const tags: string[] = []
  const sendPart = async (id: string, body: Buffer<ArrayBuffer>) => {
    if (tags.length >= MAX_PARTS)
      throw new TargetError('too_large', {
        en: 'The backup is larger than 160 GB, the maximum for an S3 store. Use BACKUP_FOLDER.',
        fa: 'پشتیبان از ۱۶۰ گیگابایت، بیشینهٔ فضای S3، بزرگ‌تر است. از BACKUP_FOLDER استفاده کنید.',
      })
    const query = { partNumber: String(tags.length + 1), uploadId: id }
    const answer = await call({ method: 'PUT', key, query, body, stop })
    await answer.arrayBuffer()
    tags.push(answer.headers.get('etag') ?? '')
  }
  try {
    for await (const { part, isLast } of inParts(source)) {
      stop.throwIfAborted()
      bytes += part.length
      if (isLast && uploadId === null) {
        await (await call({ method: 'PUT', key, body: part, stop })).arrayBuffer()
        return bytes
      }
      if (uploadId === null) {
        const begun = await (await call({ method: 'POST', key, query: { uploads: '' }, stop })).text()
        uploadId = textIn(begun, 'UploadId')
        if (!uploadId) throw unreadable()
      }
      await sendPart(uploadId, part)
    }
    if (uploadId === null) throw unreadable()
    const list = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`)
    const body = Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`)
    const ended = await (await call({ method: 'POST', key, query: { uploadId }, body, stop })).text()
    // A store may begin its answer with 200 and fail afterwards.
    if (ended.includes('<Error>') || textIn(ended, 'ETag') === null) throw unreadable()
    return bytes
  } catch (error) {
    if (uploadId !== null) {
      // Without it the store keeps, and charges for, the parts.
      const stopped = AbortSignal.timeout(ABORT_TIMEOUT_MS)
      await call({ method: 'DELETE', key, query: { uploadId }, stop: stopped }).catch(() => undefined)
    }
    throw error
  }
}

async function* inParts(source: Readable): AsyncGenerator<{ part: Buffer<ArrayBuffer>; isLast: boolean }> {
  let part = Buffer.allocUnsafe(PART_BYTES)
  let length = 0
  for await (const chunk of source as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; ) {
      // A full part is sent only when more follows, so that the last part is known.
      if (length === PART_BYTES) {
        yield { part, isLast: false }
        part = Buffer.allocUnsafe(PART_BYTES)
        length = 0
      }
      const copied = chunk.copy(part, length, at)
      at += copied
      length += copied
    }
  }
  yield { part: part.subarray(0, length), isLast: true }
}

/** Signs and sends requests. @throws {TargetError} when the store cannot be reached; the reason of `stop` */
function sender(destination: S3Destination): (asked: Call) => Promise<Response> {
  const { region, keyId, secret } = destination
  const signer = new AwsClient({ accessKeyId: keyId, secretAccessKey: secret, region, service: 's3', retries: 0 })
  const once = async ({ method, key, query = {}, body, stop }: Call) => {
    const url = addressOf(destination, key)
    url.search = String(new URLSearchParams(query))
    const headers = {
      // The store refuses a body that was changed on its way.
      'x-amz-content-sha256': createHash('sha256')
        .update(body ?? '')
        .digest('hex'),
    }
    const request = await signer.sign(url.href, { method, headers, ...(body && { body }) })
    const limit = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    return await fetch(request, { redirect: 'manual', signal: stop ? AbortSignal.any([stop, limit]) : limit })
  }
  return async (asked) => {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt === ATTEMPTS
      try {
        const answer = await once(asked)
        if (isLast || (answer.status < 500 && answer.status !== 429)) return answer
        await answer.body?.cancel()
      } catch (error) {
        if (asked.stop?.aborted) throw asked.stop.reason
        if (isLast) throw networkError(destination, error)
      }
      await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, asked.stop && { signal: asked.stop })
    }
  }
}

function addressOf({ endpoint, bucket, isPathStyle }: S3Destination, key = ''): URL {
  const url = new URL(endpoint)
  const path = key.split('/').map(encodeURIComponent).join('/')
  const base = url.pathname.replace(/\/+$/, '')
  if (isPathStyle) url.pathname = `${base}/${bucket}/${path}`
  else {
    url.hostname = `${bucket}.${url.hostname}`
    url.pathname = `${base}/${path}`
  }
  return url
}

/** The answers of a store are flat: a name encloses a text, or elements with texts. */
function partsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(([, inner = '']) => inner)
}

function textIn(xml: string, name: string): string | null {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return text === undefined ? null : decodeXML(text)
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function unreadable(): TargetError {
  return new TargetError('store_answer', {
    en: 'The S3 store gave an answer that is not understood. Check BACKUP_S3_ENDPOINT.',
    fa: 'پاسخ فضای S3 فهمیده نشد. BACKUP_S3_ENDPOINT را بررسی کنید.',
  })
}
