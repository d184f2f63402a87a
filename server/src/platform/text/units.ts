/** Spellings of each unit that products are sold by, in normalised form. The first one is the form in the index. */
const SPELLINGS: readonly (readonly string[])[] = [
  ['tb', 'ترابایت', 'ترا', 'terabyte'],
  ['gb', 'گیگابایت', 'گیگ', 'گیگا', 'gig', 'giga', 'gigabyte'],
  ['mb', 'مگابایت', 'megabyte'],
  ['kg', 'کیلوگرم', 'کیلو', 'کیلویی', 'کیلوگرمی', 'kilo', 'kilogram'],
  ['g', 'گرم', 'گرمی', 'gr', 'gram'],
  ['mg', 'میلیگرم', 'milligram'],
  ['ml', 'میلیلیتر', 'میلی', 'میل', 'سیسی', 'cc', 'milliliter', 'millilitre'],
  ['l', 'لیتر', 'لیتری', 'lit', 'liter', 'litre', 'ltr'],
  ['mm', 'میلیمتر', 'میلیمتری', 'millimeter', 'millimetre'],
  ['cm', 'سانتیمتر', 'سانت', 'سانتی', 'سانتیمتری', 'centimeter', 'centimetre'],
  ['m', 'متر', 'متری', 'meter', 'metre'],
  ['inch', 'اینچ', 'اینچی', 'in', 'inche'],
  ['w', 'وات', 'واتی', 'watt'],
  ['v', 'ولت', 'ولتی', 'volt'],
  ['a', 'امپر', 'امپری', 'amp'],
  ['mah', 'میلیامپر', 'میلیامپرساعت'],
  ['hz', 'هرتز', 'هرتزی', 'hertz'],
  ['mp', 'مگاپیکسل', 'مگاپیکسلی', 'megapixel'],
  ['نفره', 'نفر', 'seater', 'person'],
  ['عددی', 'عدد', 'تایی', 'pcs', 'pc', 'piece', 'pack'],
  ['سال', 'ساله', 'year', 'yr'],
  ['ماه', 'ماهه', 'month'],
]

const UNITS = new Map(SPELLINGS.flatMap(([unit = '', ...others]) => [unit, ...others].map((word) => [word, unit])))

/** The unit that a normalised word names (`gb` for gb, گیگ and گیگابایت), or undefined. */
export function unitOf(word: string): string | undefined {
  return UNITS.get(word)
}
