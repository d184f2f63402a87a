import { globSync, readFileSync } from 'node:fs'
import phpParser from 'php-parser'
import { expect, test } from 'vitest'

/** The oldest PHP the plugin promises to run on (its header and readme.txt say so). */
const OLDEST_PHP = '7.4'

const parser = new phpParser.Engine({ parser: { version: OLDEST_PHP, suppressErrors: false } })
const files = globSync('plugin/fiko-woocommerce-sync/**/*.php')

test('every PHP file of the plugin is PHP 7.4, as its header promises', () => {
  expect(files.length).toBeGreaterThan(10)
  const header = readFileSync('plugin/fiko-woocommerce-sync/fiko-woocommerce-sync.php', 'utf8')
  expect(header).toContain(`Requires PHP:         ${OLDEST_PHP}`)
  for (const file of files) {
    expect(() => parser.parseCode(readFileSync(file, 'utf8'), file), file).not.toThrow()
  }
})

test('a file with newer syntax would be noticed', () => {
  expect(() => parser.parseCode('<?php enum Suit { case Hearts; }', 'enum.php')).toThrow()
  expect(() => parser.parseCode('<?php $a?->b();', 'nullsafe.php')).toThrow()
  expect(() => parser.parseCode('<?php echo match (1) { 1 => 2 };', 'match.php')).toThrow()
})

const FOLDER = 'plugin/fiko-woocommerce-sync'
const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1)
const countLines = (list: string[]) => list.reduce((sum, file) => sum + linesOf(file).length, 0)

test('the plugin stays light: every page of the shop loads at most 1,000 lines of it, and 4,800 are all', () => {
  const main = `${FOLDER}/fiko-woocommerce-sync.php`
  const loaded = /foreach \( array\( ([^)]+) \) as \$fiko_sync_name/.exec(readFileSync(main, 'utf8'))?.[1] ?? ''
  const names = [...loaded.matchAll(/'([\w-]+)'/g)].map(([, name]) => `${FOLDER}/includes/class-fiko-sync-${name}.php`)
  expect(names.length).toBeGreaterThan(4)
  expect(countLines([main, ...names])).toBeLessThanOrEqual(1_000)
  expect(countLines(globSync(`${FOLDER}/**/*.{php,css,js}`))).toBeLessThanOrEqual(4_800)
})

test('no line of the plugin hides several: 240 characters at most, but for the sentences that are translated', () => {
  const long = files.flatMap((file) =>
    linesOf(file).filter((line) => line.length > 240 && !/\b(__|_n|esc_html_e)\( '/.test(line)),
  )
  expect(long).toEqual([])
})
