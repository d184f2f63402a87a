export type { Wire } from '../../../server/src/platform/http/contract.ts'
