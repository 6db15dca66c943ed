import { isProblem } from '../../api/client'
import { enter } from '../session'

/** An ended session shows the login; the typed data of a citizen does not stay on an unattended screen. */
export function useSignedOutGuard(): (error: unknown) => boolean {
  return (error) => {
    if (!isProblem(error, 'signed-out')) return false
    enter({ state: 'signed-out' })
    return true
  }
}
