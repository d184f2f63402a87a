/** The name under which a shop's robots.txt may address these requests. */
export const ROBOT_NAME = 'FikoSync'

/** Rules of one robots.txt that are read; RFC 9309 asks for at least 500 KB, which is far more than shops have. */
const MAX_RULES = 500

interface Rule {
  isAllowed: boolean
  /** A path; `*` stands for any characters, `$` at the end for the end of the path. */
  pattern: string
}

/** The rules for these requests: those of the groups that name the robot, else those of `*` (RFC 9309). */
export function readRobots(text: string, name = ROBOT_NAME): Rule[] {
  const own: Rule[] = []
  const common: Rule[] = []
  let lists: Rule[][] = []
  let isNaming = false
  let isNamed = false
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, key = '', value = ''] = /^\s*([A-Za-z-]+)\s*:\s*([^#]*?)\s*(?:#.*)?$/.exec(line) ?? []
    const field = key.toLowerCase()
    if (field === 'user-agent') {
      // Consecutive lines name several robots of one group.
      if (!isNaming) lists = []
      isNaming = true
      const robot = value.toLowerCase()
      if (robot === '*') lists.push(common)
      else if (robot === name.toLowerCase()) {
        isNamed = true
        lists.push(own)
      }
    } else if (field === 'allow' || field === 'disallow') {
      isNaming = false
      // An empty value is no rule: "Disallow:" allows everything.
      if (value === '') continue
      for (const list of lists) if (list.length < MAX_RULES) list.push({ isAllowed: field === 'allow', pattern: value })
    }
  }
  return isNamed ? own : common
}

/** True when the rules allow a path with its query: the longest matching rule decides, and `allow` wins a tie. */
export function isAllowed(rules: Rule[], path: string): boolean {
  let best: Rule | null = null
  for (const rule of rules) {
    if (!matches(rule.pattern, path)) continue
    const isLonger = best === null || rule.pattern.length > best.pattern.length
    if (isLonger || (best !== null && rule.pattern.length === best.pattern.length && rule.isAllowed)) best = rule
  }
  return best?.isAllowed ?? true
}

/** Compares part by part and not by a regular expression, whose time a pattern with many stars would make exponential. */
function matches(pattern: string, path: string): boolean {
  const isToEnd = pattern.endsWith('$')
  const parts = (isToEnd ? pattern.slice(0, -1) : pattern).split('*')
  const [first = '', ...others] = parts
  if (!path.startsWith(first)) return false
  let at = first.length
  const last = isToEnd ? others.pop() : undefined
  for (const part of others) {
    const found = path.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  if (!isToEnd) return true
  if (last === undefined) return at === path.length
  return path.length - last.length >= at && path.endsWith(last)
}
