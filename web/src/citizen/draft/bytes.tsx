import { useEffect, useState } from 'preact/hooks'
import type { ApplicationBytes } from '../../api/types'
import { Callout, Details } from '../../components/texts'
import { formatSize } from '../../i18n/numbers'
import { t } from '../i18n'

/** The exact bytes of an application with their digest, which the browser computes once more. */
export function ApplicationDetails({ application, summary }: { application: ApplicationBytes; summary: string }) {
  const genuine = useDigestCheck(application)
  return (
    <>
      {genuine === false && (
        <Callout kind="error" live>
          <p>{t('bytes.mismatch')}</p>
        </Callout>
      )}
      <Details summary={summary}>
        <p>{t('bytes.text')}</p>
        <pre class="bytes" tabIndex={0} role="region" aria-label={summary}>
          {application.text}
        </pre>
        <dl class="bytes-facts">
          <dt>SHA-256</dt>
          <dd class="hash">{application.sha256}</dd>
          <dt>{t('bytes.size')}</dt>
          <dd>{formatSize(application.size)}</dd>
        </dl>
      </Details>
    </>
  )
}

/** Whether the text has the digest it is said to have; null until that is known. */
function useDigestCheck({ text, sha256 }: ApplicationBytes): boolean | null {
  const [genuine, setGenuine] = useState<boolean | null>(null)
  useEffect(() => {
    let live = true
    void digest(text).then((found) => live && setGenuine(found === sha256))
    return () => {
      live = false
    }
  }, [text, sha256])
  return genuine
}

export async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
