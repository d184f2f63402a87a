import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { chosenLanguage, type Language } from './languages/language.ts'

/** Jalali dates and Persian digits for Persian, by `Intl`; English gets the calendar of the Gregorian world. */
const LOCALES: Record<Language, string> = { fa: 'fa-IR-u-ca-persian-nu-arabext', en: 'en-GB' }

const UNITS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

function formatsOf(language: Language) {
  const locale = LOCALES[language]
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 })
  const plain = new Intl.NumberFormat(locale, { useGrouping: false })
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const exactTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
  const hour = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const inUnit = (value: number, unit: string, fraction = 0) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: fraction,
    }).format(value)
  return {
    number: (value: number) => number.format(value),
    /** A decimal in a text, every digit of it. */
    exact: (decimal: string) => exact.format(decimal as Intl.StringNumericLiteral),
    /** A number in the digits of the language, without separators; other ids stay unchanged. */
    numeral: (id: number | string) => (/^\d+$/.test(String(id)) ? plain.format(BigInt(id)) : String(id)),
    /** For large figures in small places: 12.4K. */
    compact: (value: number) => compact.format(value),
    percent: (fraction: number) => percent.format(fraction),
    date: (at: string | number | Date) => date.format(new Date(at)),
    dateTime: (at: string | number | Date) => dateTime.format(new Date(at)),
    /** With seconds, for details. */
    exactTime: (at: string | number | Date) => exactTime.format(new Date(at)),
    hour: (at: string | number | Date) => hour.format(new Date(at)),
    day: (at: string | number | Date) => day.format(new Date(at)),
    /** "3 minutes ago", "tomorrow"; below a minute, "now". */
    relative: (at: string | number | Date) => {
      const seconds = (new Date(at).getTime() - Date.now()) / 1000
      const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
      return unit === 'second' ? relative.format(0, 'second') : relative.format(Math.trunc(seconds / size), unit)
    },
    /** A length of time in its largest fitting unit: 340 ms, 2.4 s, 5 min. */
    duration: (ms: number) => {
      if (ms < 1000) return inUnit(Math.round(ms), 'millisecond')
      if (ms < 60_000) return inUnit(ms / 1000, 'second', 1)
      if (ms < 3_600_000) return inUnit(Math.round(ms / 60_000), 'minute')
      if (ms < 86_400_000) return inUnit(ms / 3_600_000, 'hour', 1)
      return inUnit(Math.round(ms / 86_400_000), 'day')
    },
    /** US dollars in a decimal text: to the cent, and below one as far as something is to be seen. */
    dollars: (decimal: string) =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency: 'USD',
        currencyDisplay: 'narrowSymbol',
        ...(Number(decimal) > 0 && Number(decimal) < 1
          ? { maximumSignificantDigits: 2 }
          : { maximumFractionDigits: 2 }),
      }).format(decimal as Intl.StringNumericLiteral),
    money: (amount: number, currency: string) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: 2 }).format(amount),
  }
}

export type Formats = ReturnType<typeof formatsOf>

/** Numbers, dates and times as the chosen language writes them. */
export function useFormats(): Formats {
  const { i18n } = useTranslation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the language is what they are made of.
  return useMemo(() => formatsOf(chosenLanguage()), [i18n.language])
}
