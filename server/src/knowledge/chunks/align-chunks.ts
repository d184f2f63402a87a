/** The fields of a stored chunk that the alignment needs. */
export interface StoredChunk {
  id: number
  position: number
  textHash: string
}

export interface Alignment<Wanted> {
  /** Same text: the row and its vector stay; only the position may change. */
  kept: { id: number; position: number }[]
  /** A new text in an existing row: its old vector stays in use until the new one is stored. */
  rewritten: { id: number; position: number; chunk: Wanted }[]
  inserted: { position: number; chunk: Wanted }[]
  removed: number[]
}

/**
 * Maps a product's new texts to its stored chunks, so that unchanged texts cost nothing, wherever they moved: equal texts are
 * matched first, then the remaining texts take the remaining rows in order.
 */
export function alignChunks<Wanted extends { textHash: string }>(
  stored: StoredChunk[],
  wanted: Wanted[],
): Alignment<Wanted> {
  const rowsByHash = Map.groupBy(
    [...stored].sort((a, b) => a.position - b.position),
    (row) => row.textHash,
  )
  const alignment: Alignment<Wanted> = { kept: [], rewritten: [], inserted: [], removed: [] }
  const unmatched: { position: number; chunk: Wanted }[] = []
  const keptIds = new Set<number>()
  for (const [position, chunk] of wanted.entries()) {
    const row = rowsByHash.get(chunk.textHash)?.shift()
    if (row) {
      keptIds.add(row.id)
      alignment.kept.push({ id: row.id, position })
    } else unmatched.push({ position, chunk })
  }
  const freeRows = stored.filter((row) => !keptIds.has(row.id)).sort((a, b) => a.position - b.position)
  for (const { position, chunk } of unmatched) {
    const row = freeRows.shift()
    if (row) alignment.rewritten.push({ id: row.id, position, chunk })
    else alignment.inserted.push({ position, chunk })
  }
  alignment.removed = freeRows.map((row) => row.id)
  return alignment
}
