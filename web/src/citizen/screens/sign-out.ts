import { navigate } from '../../router'
import { signOut } from '../api'
import { session } from '../session'

/** Ends the session here and on the server, and shows the front page. */
export async function leave(): Promise<void> {
  // Without an answer the session may live on: then say nothing of a sign-out, and let the person try again.
  await signOut()
  await navigate('/')
  session.set({ state: 'signed-out' })
}
