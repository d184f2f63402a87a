import type { Words } from '../fa.ts'

export const account: Words['account'] = {
  lead: 'Who you are, your password, and what is kept of you.',
  details: {
    title: 'Your details',
    email: 'E-mail',
    emailHint: 'You sign in with it.',
    passwordHint: 'A new address is confirmed by your password; no mail is sent.',
  },
  password: {
    title: 'Change the password',
    text: 'A new password signs you out on your other devices.',
    current: 'Present password',
    new: 'New password',
    length: '10 to 200 characters',
    wrong: 'The current password is wrong.',
    wrongLength: 'The new password must have 10 to 200 characters.',
    done: 'The password is changed',
  },
  data: {
    title: 'Your data',
    text: 'Everything that is kept of you, in one file; without passwords and tokens.',
    download: 'Download all data',
    erase: 'Erase the account',
  },
}
