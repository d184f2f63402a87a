import { Problem } from '../../platform/errors.ts'
import type { Localised } from '../../platform/i18n.ts'

/** Invalid parameters of the protocol: the JSON-RPC error -32602 in MCP, 400 over HTTP. */
export class InvalidParams extends Problem {
  override name = 'InvalidParams'

  constructor(code: 'invalid_cursor' | 'request_too_large' | 'nothing_asked', detail: Localised) {
    super(400, code, detail)
  }
}
