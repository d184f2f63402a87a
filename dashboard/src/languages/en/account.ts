import type { Words } from '../fa.ts'

export const account: Words['account'] = {
  lead: 'Your details, your password and the data that the server keeps about you.',
  details: {
    title: 'Your details',
    email: 'E-mail',
    emailHint: 'You sign in with this address.',
    passwordHint: 'Confirm a new address with your password. No mail is sent.',
  },
  password: {
    title: 'Change the password',
    text: 'A new password signs you out on all other devices.',
    current: 'Current password',
    new: 'New password',
    length: '10 to 200 characters',
    wrong: 'The current password is wrong.',
    wrongLength: 'The new password must have 10 to 200 characters.',
    done: 'Password changed',
  },
  data: {
    title: 'Your data',
    text: 'All data that the server keeps about you, in one file. Passwords and tokens are not included.',
    download: 'Download all data',
    erase: 'Erase the account',
  },
}
