import { expect, test } from 'vitest'
import { csvLine } from '../../server/src/platform/http/csv.ts'

test.each([
  ['=1+1', "'=1+1"],
  ['+98 912', "'+98 912"],
  ['-5 %', "'-5 %"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['  =cmd', "'  =cmd"],
  ['\t=1', "'\t=1"],
  ['＝1', "'＝1"],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
])('%j, which a spreadsheet would run, becomes a text', (value, expected) => {
  expect(csvLine([value])).toBe(`${expected}\r\n`)
})

test('separators, quotes and line ends stay inside their cell; numbers, times and nothing are plain', () => {
  expect(csvLine(['a,b', 'say "yes"', 'two\nlines', 'کفش، چرم', -5, null, new Date(0)])).toBe(
    '"a,b","say ""yes""","two\nlines",کفش، چرم,-5,,1970-01-01T00:00:00.000Z\r\n',
  )
})
