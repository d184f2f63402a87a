/** The scope of an admin: the rows of all tenants. */
export const EVERY_TENANT = 'every tenant'

/** Whose rows a reader sees. A tenant id that is missing by mistake is a type error and never means all tenants. */
export type TenantScope = number | typeof EVERY_TENANT
