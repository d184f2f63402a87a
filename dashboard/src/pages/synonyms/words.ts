import { rules as englishRules } from '../../languages/en/rules.ts'
import { synonyms as englishSynonyms } from '../../languages/en/synonyms.ts'
import { rules as persianRules } from '../../languages/fa/rules.ts'
import { synonyms as persianSynonyms } from '../../languages/fa/synonyms.ts'
import { addWords } from '../../languages/language.ts'

addWords({
  en: { synonyms: englishSynonyms, rules: englishRules },
  fa: { synonyms: persianSynonyms, rules: persianRules },
})
