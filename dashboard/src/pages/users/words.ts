import { users as english } from '../../languages/en/users.ts'
import { users as persian } from '../../languages/fa/users.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { users: english }, fa: { users: persian } })
