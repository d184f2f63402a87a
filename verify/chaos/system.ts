import type { BackupReaders } from './backup-readers.ts'
import type { Fault } from './fault-plan.ts'
import type { Model } from './model.ts'
import type { ShopAccess } from './shop-client.ts'
import type { Snapshot } from './snapshot.ts'
import type { Supervised } from './supervisor.ts'

/** A shop of the campaign before the system knows it. */
export interface ShopPlan {
  number: number
  tenant: number
}

/** A shop, and what its products must be at the end. */
export interface ShopModel {
  number: number
  access: ShopAccess
  model: Model
}

/** The system of one campaign: the real server on one of the two databases, or the usual design. */
export interface System {
  /** The database, what its commits wait for, and the processes. */
  readonly description: string
  readonly processes: Supervised[]
  /** The addresses for the shops' requests. */
  addresses(): string[]
  /** Makes tenants, stores and tokens, before anything happens. */
  openShops(plans: ShopPlan[]): Promise<ShopAccess[]>
  /** Does this to the system; resolves when a cut or a stall is over. */
  strike(fault: Fault): Promise<void>
  /** Asks what people, machines and the AI ask meanwhile, until told that it is over. */
  lookOn?(shops: ShopAccess[], isOver: () => boolean): Promise<void>
  /** Reads backups all the while; the usual design has none. */
  readonly backups?: BackupReaders
  /** True: a shop of heavy events sends, too. */
  readonly takesHeavyEvents?: boolean
  /** Database sessions that have a transaction open and do nothing in it for longer than a statement takes. */
  idleInTransaction?(): Promise<number>
  /** True if no work was left within this time. */
  settled(shops: ShopModel[], patienceMs: number): Promise<boolean>
  /** Looks at some products from outside; gives a sentence for each thing that is wrong. */
  sample?(shops: ShopModel[]): Promise<string[]>
  /** The stored rows at the end; this may stop the system. */
  snapshot(): Promise<Snapshot>
  close(): Promise<void>
}
