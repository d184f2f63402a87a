import { ActionIcon, Button, Menu, Text, useMantineColorScheme } from '@mantine/core'
import {
  IconBook2,
  IconCheck,
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
import { Link } from 'wouter'
import { type Session, useSignOut } from '../api/session.ts'
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
    <Menu>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          size="lg"
          aria-label={t('shell.appearance')}
        >
          <Icon size={19} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(['light', 'dark', 'auto'] as const).map((scheme) => {
          const SchemeIcon = SCHEMES[scheme]
          return (
            <Menu.Item
              key={scheme}
              role="menuitemradio"
              aria-checked={scheme === colorScheme}
              leftSection={<SchemeIcon size={17} stroke={1.7} />}
              rightSection={scheme === colorScheme ? <IconCheck size={15} /> : null}
              onClick={() => setColorScheme(scheme)}
            >
              {t(`shell.${scheme}`)}
            </Menu.Item>
          )
        })}
      </Menu.Dropdown>
    </Menu>
  )
}

export function UserMenu({ me }: { me: Session }) {
  const { t } = useTranslation()
  const href = useHref()
  const signOut = useSignOut()
  return (
    <Menu width={240}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          size="lg"
          aria-label={t('shell.account')}
        >
          <IconUserCircle size={22} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Text size="sm" fw={600} px="sm" pt={6} truncate dir="auto">
          {me.email}
        </Text>
        <Text size="xs" c="dimmed" px="sm" pb={6}>
          {t(`shell.${me.role}`)}
        </Text>
        <Menu.Divider />
        <Menu.Item leftSection={<IconSettings size={17} stroke={1.7} />} component={Link} href={href('/settings')}>
          {t('shell.pages.settings')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconBook2 size={17} stroke={1.7} />}
          component="a"
          href="/docs"
          target="_blank"
          rel="noopener"
        >
          {t('shell.apiReference')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={17} stroke={1.7} />} onClick={() => signOut.mutate()}>
          {t('shell.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
