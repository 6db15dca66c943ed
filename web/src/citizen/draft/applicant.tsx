import type { Applicant } from '../../api/types'
import { Facts, type SummaryRow } from '../../components/texts'
import { formatMobile } from '../../i18n/numbers'
import { Link } from '../../router'
import { t } from '../i18n'

const ORDER = ['first_name', 'last_name', 'personal_number', 'email', 'mobile'] as const

/** The applicant's data by label, in the order of the registry. */
export function applicantRows(applicant: Partial<Applicant>): SummaryRow[] {
  return ORDER.flatMap((name) => {
    const value = applicant[name]
    return value ? [{ key: t(`applicant.${name}`), value: name === 'mobile' ? formatMobile(value) : value }] : []
  })
}

/** What the portal knows already and adds by itself. */
export function ApplicantFacts({ applicant }: { applicant: Partial<Applicant> }) {
  return (
    <Facts title={t('applicant.title')} facts={applicantRows(applicant)}>
      <p class="small">
        {t('applicant.text')} <Link to="/profile">{t('applicant.profile')}</Link>
      </p>
    </Facts>
  )
}
