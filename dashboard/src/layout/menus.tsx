import { Button, Text, useMantineColorScheme } from '@mantine/core'
import {
  IconBook2,
  IconDeviceDesktop,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSettings,
  IconSun,
  IconUserCircle,
} from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Session, useSignOut } from '../api/session.ts'
import { ActionMenu } from '../components/action-menu.tsx'
import { chooseLanguage, chosenLanguage, LANGUAGES, type Language } from '../languages/language.ts'
import classes from './menus.module.css'
import { useHref } from './scope.ts'

const OTHER: Record<Language, Language> = { fa: 'en', en: 'fa' }

/** There are two languages: the button names the other one, in its own words. */
export function LanguageSwitch() {
  useTranslation()
  const client = useQueryClient()
  const other = OTHER[chosenLanguage()]
  const change = async (language: Language) => {
    await chooseLanguage(language)
    // The server's sentences are in the language in which they were asked for.
    await client.invalidateQueries()
  }
  return (
    <Button
      variant="subtle"
      color="gray"
      c="var(--mantine-color-text)"
      size="compact-md"
      px="xs"
      leftSection={<IconLanguage size={18} stroke={1.7} aria-hidden />}
      classNames={{ section: classes.languageIcon }}
      lang={other}
      onClick={() => change(other)}
    >
      {LANGUAGES[other].name}
    </Button>
  )
}

const SCHEMES = { light: IconSun, dark: IconMoon, auto: IconDeviceDesktop } as const

export function AppearanceMenu() {
  const { t } = useTranslation()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const Icon = SCHEMES[colorScheme]
  return (
    <ActionMenu
      size="lg"
      name={t('shell.appearance')}
      icon={<Icon size={19} stroke={1.7} />}
      entries={(['light', 'dark', 'auto'] as const).map((scheme) => ({
        label: t(`shell.${scheme}`),
        icon: SCHEMES[scheme],
        isChosen: scheme === colorScheme,
        onClick: () => setColorScheme(scheme),
      }))}
    />
  )
}

export function UserMenu({ me }: { me: Session }) {
  const { t } = useTranslation()
  const href = useHref()
  const signOut = useSignOut()
  return (
    <ActionMenu
      size="lg"
      name={t('shell.account')}
      icon={<IconUserCircle size={22} stroke={1.6} />}
      entries={[
        {
          heading: (
            <>
              <Text size="sm" fw={600} px="sm" pt={6} w={232} truncate dir="auto">
                {me.name || me.email}
              </Text>
              <Text size="xs" c="dimmed" px="sm" pb={6}>
                {t(`shell.${me.role}`)}
              </Text>
            </>
          ),
        },
        'line',
        { label: t('shell.pages.account'), icon: IconUserCircle, href: href('/account') },
        { label: t('shell.pages.settings'), icon: IconSettings, href: href('/settings') },
        { label: t('shell.apiReference'), icon: IconBook2, href: '/docs', opens: 'new_tab' },
        'line',
        { label: t('shell.signOut'), icon: IconLogout, onClick: () => signOut.mutate() },
      ]}
    />
  )
}
