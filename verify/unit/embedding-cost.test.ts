import { expect, test } from 'vitest'
import { embeddingUsage } from '../../server/src/overview/embedding-cost.ts'

const cost = (counted: Record<string, number>, price: string | null) => {
  const { cost_usd, avoided_cost_usd } = embeddingUsage(new Map(Object.entries(counted)), price)
  return [cost_usd, avoided_cost_usd]
}

test('the cost of tokens is exact to the last place, without a float’s rounding', () => {
  expect(cost({ embedding_tokens: 1 }, '0.02')).toEqual(['0.00000002', null])
  expect(cost({ embedding_tokens: 1_000_000 }, '0.02')[0]).toBe('0.02')
  expect(cost({ embedding_tokens: 50_000_000 }, '0.020')[0]).toBe('1')
  expect(cost({ embedding_tokens: 9_007_199_254_740_991 }, '0.13')[0]).toBe('1170935903.11632883')
  expect(cost({ embedding_tokens: 3 }, '0.1')[0]).toBe('0.0000003')
  expect(cost({ embedding_tokens: 1_000_000_000_000 }, '10')[0]).toBe('10000000')
})

test('avoided texts cost the mean of the texts with known tokens, rounded in the last place, without queries', () => {
  const counted = { embedding_tokens: 1000, text_tokens: 100, texts_with_tokens: 3, embeddings_avoided: 2 }
  expect(cost(counted, '0.02')).toEqual(['0.00002', '0.00000133'])
  expect(cost({ ...counted, embeddings_avoided: 0 }, '0.02')[1]).toBe('0')
})

test('an unknown price or token count costs null, and a free one costs nothing', () => {
  const counted = { embedding_tokens: 1000, text_tokens: 100, texts_with_tokens: 3, embeddings_avoided: 2 }
  expect(cost(counted, null)).toEqual([null, null])
  expect(cost({ embedding_inputs: 5, embeddings_avoided: 5 }, '0.02')).toEqual([null, null])
  expect(cost(counted, '0')).toEqual(['0', '0'])
  expect(embeddingUsage(new Map(), '0.02')).toMatchObject({ requests: 0, inputs: 0, avoided: 0, queries: 0, tokens: 0 })
})
