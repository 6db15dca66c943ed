import type { ComponentChildren } from 'preact'
import type { Answer } from '../../api/client'
import type { SignedIn } from '../../api/signed-in'
import type { Profile } from '../../api/types'
import { Callout } from '../../components/texts'

export interface PageProps {
  answer: Answer<Profile>
  onChanged(answer: Answer<Profile>): void
  onReload(): void
}

export interface FormProps extends PageProps {
  signedIn: SignedIn
}

/** One thing of the profile that can be changed. */
export function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="section narrow profile__section">
      <h2 class="heading-m">{title}</h2>
      {children}
    </section>
  )
}

/** That it was saved, read out when it appears. */
export function Saved({ text }: { text: string | null }) {
  return (
    <div role="status">
      {text && (
        <Callout kind="ok">
          <p>{text}</p>
        </Callout>
      )}
    </div>
  )
}
