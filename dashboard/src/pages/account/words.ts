import { account as english } from '../../languages/en/account.ts'
import { account as persian } from '../../languages/fa/account.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { account: english }, fa: { account: persian } })
