import { lazy } from 'react'
import { Route, Switch } from 'wouter'
import EventList from './event-list.tsx'

const EventPage = lazy(() => import('./event-page.tsx'))

/** The event log, and one event of it. */
export default function EventsPage() {
  return (
    <Switch>
      <Route path="/events" component={EventList} />
      <Route path="/events/:id">{({ id }) => <EventPage key={id} id={Number(id)} />}</Route>
    </Switch>
  )
}
