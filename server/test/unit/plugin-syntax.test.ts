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

test('the plugin stays light: 745 lines run because a product was saved, 2,000 are all', () => {
  const lines = (pattern: string) =>
    globSync(pattern).reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1, 0)
  const folder = 'plugin/fiko-woocommerce-sync'
  expect(
    lines(`${folder}/includes/class-fiko-sync-{hooks,dirty-set,payload,sender,rules,api}.php`),
  ).toBeLessThanOrEqual(745)
  expect(lines(`${folder}/**/*.{php,css,js}`)).toBeLessThanOrEqual(2_000)
})
