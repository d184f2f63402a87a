import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let token: string

const bare = { short_description: '', description: '', tags: [], attributes: [], categories: [], sku: '', price: '10' }
const catalogue = [
  { id: 1, name: 'کفش رسمی مردانه ملی مدل وکیل', categories: ['کفش'] },
  { id: 2, name: 'یخچال فریزر سامسونگ', categories: ['لوازم خانگی'] },
  { id: 3, name: 'عینک آفتابی پلاریزه', categories: ['عینک'] },
  { id: 4, name: 'گوشی موبایل سامسونگ گلکسی', categories: ['موبایل'] },
  { id: 5, name: 'قاب گوشی سیلیکونی', categories: ['لوازم جانبی موبایل'] },
  { id: 6, name: 'Stand mixer with a steel bowl', categories: ['Kitchen'] },
  { id: 7, name: 'کت و شلوار مردانه', categories: ['پوشاک'] },
  { id: 8, name: 'شلوار جین', categories: ['پوشاک'] },
  { id: 9, name: 'کت چرم', categories: ['پوشاک'] },
  { id: 11, name: 'Wool suit', categories: ['Clothing'] },
  { id: 12, name: 'بالش طبی مموری فوم مدل DCD', categories: ['کالای خواب'] },
  { id: 13, name: 'پستانک ارتودنسی', categories: ['نوزاد'] },
  { id: 14, name: 'چرخ گوشت برقی', categories: ['لوازم آشپزخانه'] },
  { id: 15, name: 'ساختنی قلعه', categories: ['اسباب‌بازی'] },
  { id: 16, name: 'دستگاه بخور سرد', categories: ['دستگاه بخور'] },
  { id: 10, name: 'خط زن و ماشین اصلاح برقی', categories: ['آرایشی'] },
]

beforeAll(async () => {
  server = await startTestServer()
  const owner = await server.newOwner()
  const shop = await server.newShop({ tenantOf: owner })
  token = await server.knowledgeToken(owner)
  await shop.sendBatch(catalogue.map((product) => anUpdate({ ...bare, ...product })))
  await server.settled()
})
afterAll(() => server.stop())

describe('what the shop does not sell is said to be not sold:', () => {
  test.each([
    ['a service for a thing that it sells', 'تعمیر یخچال'],
    ['a service for a thing of several words', 'تعمیر گوشی سامسونگ'],
    ['rent', 'اجاره لباس شب'],
    ['a service of a kind that a name speaks of', 'hair salon appointment'],
    ['a person, though a model has the name', 'وکیل طلاق'],
    ['a narrower thing than the one it sells', 'contact lenses'],
    ['a thing with a word of another thing', 'cement mixer'],
    ['a thing whose word stands later in a name', 'چمن زن برقی'],
    ['a thing whose word begins the name of another thing', 'گوشت گوسفندی'],
    ['a word that begins another word', 'اسب'],
    ['a thing of a general kind', 'دستگاه کپی'],
  ])('%s (%s)', async (_, query) => {
    const { body } = await server.search(query, { token })
    expect(body.results.map((result: { product: { name: string } }) => result.product.name)).toEqual([])
    expect(body).toMatchObject({ answered: false })
  })
})

describe('what it sells is found, though the words are the same:', () => {
  test.each([
    ['the thing itself', 'یخچال سامسونگ', 'woo_2'],
    ['by its other name', 'fridge', 'woo_2'],
    ['by the model', 'کفش وکیل', 'woo_1'],
    ['by a need', 'protect my phone', 'woo_5'],
    ['a name with a small word in it', 'کت و شلوار', 'woo_7'],
    ['a mixer', 'mixer', 'woo_6'],
    ['what it is for comes after the thing', 'phone case for lenses', 'woo_5'],
    ['a need in a whole sentence', 'یه چیزی میخوام که گردن دردم موقع خواب خوب بشه', 'woo_12'],
  ])('%s (%s)', async (_, query, first) => {
    const answer = await server.search(query, { token })
    expect(answer.body.answered).toBe(true)
    expect(foundIds(answer)[0]).toBe(first)
  })
})

test('a term with a small word in it leads to its other names', async () => {
  expect(foundIds(await server.search('کت و شلوار', { token }))).toContain('woo_11')
})

test('a word of a sentence is not read in the other keyboard layout, though it is a word of the shop there', async () => {
  // The keys of «چیزی» are "]dcd", and a product is called "DCD".
  const { body } = await server.search('چیزی برای گردن درد', { token })
  expect(body).toMatchObject({ answered: true, understood: { layout: null } })
})
