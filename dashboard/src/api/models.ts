import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Budget } from '../../../server/src/knowledge/cost/budget-routes.ts'
import type { Estimate, PriceList, Savings } from '../../../server/src/knowledge/cost/cost-routes.ts'
import type { ModelState } from '../../../server/src/knowledge/model-routes.ts'
import { api, type Query } from './client.ts'
import type { Wire } from './wire.ts'

export type Model = Wire<ModelState>
export type Provider = Model['providers'][number]['provider']
export interface Choice {
  provider: Provider
  model?: string
  dimensions?: number
}

const MODEL = '/api/v1/knowledge/model/'
const BUDGET = '/api/v1/knowledge/budget/'

/** The model in use and the providers to choose from; read again while the model is loaded or built. */
export function useModel() {
  return useQuery({
    queryKey: ['model'],
    queryFn: ({ signal }) => api.get<Model>(MODEL, {}, signal),
    refetchInterval: ({ state: { data } }) =>
      data?.loading.state === 'loading' || data?.in_use.state === 'building' ? 2_000 : 15_000,
  })
}

/** The cost of a choice, asked for on demand. */
export function useEstimate() {
  return useMutation({
    mutationFn: (choice: Choice) => api.get<Wire<Estimate>>('/api/v1/knowledge/estimate/', { ...choice }),
  })
}

/** Changes the model: to a choice, to the previous one, or to the one of the settings. */
export function useChangeModel() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: Choice | 'undo' | 'environment') =>
      change === 'undo'
        ? api.post<Model>(`${MODEL}undo/`)
        : change === 'environment'
          ? api.delete<Model>(MODEL)
          : api.post<Model>(MODEL, change),
    onSuccess: () =>
      Promise.all(['model', 'profiles', 'settings'].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  })
}

export type EmbeddingBudget = Wire<Budget>

/** The monthly budget of the chosen tenant. */
export function useBudget(scope: Query) {
  return useQuery({
    queryKey: ['budget', scope],
    queryFn: ({ signal }) => api.get<EmbeddingBudget>(BUDGET, scope, signal),
    refetchInterval: 30_000,
  })
}

/** Sets a budget; null removes it. */
export function useChangeBudget(scope: { user_id?: string }) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (budget: { unit: 'usd' | 'tokens'; amount: string } | null) => {
      if (budget === null) {
        const query = new URLSearchParams(scope.user_id === undefined ? {} : { user_id: scope.user_id })
        await api.delete(`${BUDGET}?${query}`)
      } else await api.put<EmbeddingBudget>(BUDGET, { ...budget, ...scope })
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['budget'] }),
  })
}

export type ModelPrices = Wire<PriceList>
const PRICES = '/api/v1/knowledge/prices/'

/** The prices of models, with their source. */
export function usePrices() {
  return useQuery({ queryKey: ['prices'], queryFn: ({ signal }) => api.get<ModelPrices>(PRICES, {}, signal) })
}

/** Sets the operator's price of a model; null removes it. The others stay. */
export function useChangePrice() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ model, price }: { model: string; price: string | null }) => {
      const { results } = await api.get<ModelPrices>(PRICES)
      const others = results.filter((one) => one.source === 'operator' && one.model !== model)
      const prices = others.map((one) => ({ model: one.model, usd_per_million_tokens: one.usd_per_million_tokens }))
      if (price !== null) prices.push({ model, usd_per_million_tokens: price })
      return await api.put<ModelPrices>(PRICES, { prices })
    },
    onSuccess: () =>
      Promise.all(
        ['prices', 'budget', 'savings', 'overview'].map((key) => client.invalidateQueries({ queryKey: [key] })),
      ),
  })
}

/** The avoided embeddings of each store. */
export function useSavings(scope: Query) {
  return useQuery({
    queryKey: ['savings', scope],
    queryFn: async ({ signal }) => (await api.get<Wire<Savings>>('/api/v1/knowledge/savings/', scope, signal)).results,
  })
}
