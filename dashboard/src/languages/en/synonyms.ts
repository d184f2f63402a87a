import type { Words } from '../fa.ts'

export const synonyms: Words['synonyms'] = {
  lead: 'Words of your own for search, and products that you pin to a search or hide. The next search uses each change.',
  title: 'Synonyms',
  hint: 'A search for one word of a group finds products with the others, in any language.',
  add: 'Add synonyms',
  edit: 'Edit synonyms',
  delete: 'Delete synonyms',
  words: 'Words',
  word: 'Search word',
  others: 'Words that it also finds',
  wordsHint: 'One word or phrase in each line: up to 20 lines, each with at most 60 characters and five words.',
  direction: 'Direction',
  equal: 'Both ways',
  equalHint: 'A search for each of the words finds the others.',
  oneWay: 'One way',
  oneWayHint:
    'A search for one word also finds the others, and not the reverse. For example: kitchenware finds teapot.',
  changed: 'Changed',
  arrow: '→',
  empty: { title: 'No synonyms yet', text: 'Add the words that your customers use and your products do not have.' },
  deleteDialog: {
    title: 'Delete these synonyms?',
    text: 'A search for one of these words then finds only products that have it.',
    done: 'The synonyms are deleted.',
  },
}
