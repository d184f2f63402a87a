import type { Command } from 'commander'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { Page } from '../../server/src/platform/http/lists.ts'
import type { MailReport } from '../../server/src/tenants/mails/account-mails.ts'
import type {
  CreatedUser,
  ResetLink,
  SecondFactorReset,
  User as ServerUser,
} from '../../server/src/tenants/user-schemas.ts'
import { CommandError, type Connection, EXIT, listAll, withServer } from '../connection.ts'
import { show, table } from '../output.ts'

type User = Wire<ServerUser>

/** `fiko user create|reset|reset-2fa|list`. */
export function userCommands(program: Command): void {
  const user = program.command('user').description('people who sign in')

  user
    .command('create')
    .description('make a user with a tenant of their own; prints a one-time link for the password')
    .argument('<email>')
    .option('--name <name>', 'their name', '')
    .option('--role <role>', 'owner or admin', 'owner')
    .option('--json', 'for scripts', false)
    .action(async (email, options) => {
      await withServer(async (server) => {
        const made = await server.request<Wire<CreatedUser>>('POST', '/api/v1/users/', {
          email,
          name: options.name,
          role: options.role,
        })
        const link = linkOf(server.url, made.reset_link)
        show(
          { ...made, reset_link: link },
          options.json,
          () =>
            `${made.email} can set a password here, once, for 24 hours:\n${link}${mailed(made.email, made.mail ?? null)}`,
        )
      })
    })

  user
    .command('reset')
    .description('print a one-time link with which a user sets a new password')
    .argument('<email>')
    .option('--json', 'for scripts', false)
    .action(async (email, options) => {
      await withServer(async (server) => {
        const found = await userOf(server, email)
        const made = await server.request<ResetLink>('POST', `/api/v1/users/${found.id}/reset-link/`, {})
        const link = linkOf(server.url, made.reset_link)
        show(
          { email: found.email, reset_link: link, mail: made.mail },
          options.json,
          () => `Good once, for 24 hours:\n${link}${mailed(found.email, made.mail)}`,
        )
      })
    })

  user
    .command('reset-2fa')
    .description('turn off the two-step sign-in of a user who lost the phone and the backup codes')
    .argument('<email>')
    .option('--json', 'for scripts', false)
    .action(async (email, options) => {
      await withServer(async (server) => {
        const found = await userOf(server, email)
        const done = await server.request<SecondFactorReset>('POST', `/api/v1/users/${found.id}/reset-two-factor/`, {})
        show({ email: found.email, ...done }, options.json, () =>
          done.was_on
            ? `The two-step sign-in of ${found.email} is off, and the user is signed out everywhere.${mailed(found.email, done.mail)}`
            : `The two-step sign-in of ${found.email} was off already.`,
        )
      })
    })

  user
    .command('list')
    .description('all users')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const results = await listAll<User>(server, '/api/v1/users/')
        show(results, options.json, () =>
          table(results, {
            id: (row: User) => row.id,
            email: (row: User) => row.email,
            name: (row: User) => row.name,
            role: (row: User) => row.role,
            active: (row: User) => (row.is_active ? 'yes' : 'no'),
            'two steps': (row: User) => (row.has_two_factor ? 'yes' : 'no'),
          }),
        )
      })
    })
}

async function userOf(server: Connection, email: string): Promise<User> {
  const { results } = await server.request<Page<User>>('GET', `/api/v1/users/?${new URLSearchParams({ email })}`)
  const [found] = results
  if (!found) throw new CommandError(`There is no user ${email}.`, EXIT.refused)
  return found
}

/** A line about the e-mail; nothing where the server is not set up to send any. */
function mailed(email: string, mail: MailReport | null): string {
  if (mail === null || mail.failure === 'not_configured') return ''
  return mail.is_sent ? `\nSent to ${email} by e-mail.` : `\nNot sent by e-mail: ${mail.detail}`
}

/** The link as people reach it: by PUBLIC_URL, by the server spoken to, or by the default address. */
function linkOf(url: string, path: string | undefined): string {
  const base = process.env.PUBLIC_URL ?? (process.env.FIKO_URL ? url : `http://127.0.0.1:${process.env.PORT ?? 8787}`)
  return `${base.replace(/\/+$/, '')}${path ?? ''}`
}
