import { useEffect, useState } from 'preact/hooks'
import { isProblem, Problem, type Answer as HttpAnswer, type FieldError } from '../../api/client'
import { useResource } from '../../api/resource'
import { useSubmit } from '../../api/submit'
import type { Draft } from '../../api/types'
import { failureText } from '../../components/failure'
import { Main, Width } from '../../components/page'
import { BackLink } from '../../components/texts'
import { visiblePages } from '../../forms/visibility'
import { navigate } from '../../router'
import { readDraft } from '../api'
import { NotFoundScreen } from '../screens/not-found'
import { PersonalPage } from '../screens/personal'
import { SignInDialog } from '../screens/sign-in-dialog'
import { t } from '../i18n'
import { CheckPage } from './check-page'
import { ConflictPanel } from './conflict-panel'
import { DeleteDialog } from './delete-dialog'
import { FormPageView } from './form-page'
import { noteRemoved, type Removal } from './removed'
import { useDraft } from './use-draft'

export const CHECK = 'check'

interface Props {
  draftId: string
  /** A page's id, „check“, or nothing: then where the person left off. */
  page: string | null
}

/** One application being filled in: its pages, then check-your-answers. */
export function DraftScreen({ draftId, page }: Props) {
  const loaded = useResource(`draft ${draftId}`, (signal) => readDraft(draftId, { signal }))
  return <PersonalPage resource={loaded}>{(answer) => <Opened key={draftId} loaded={answer} page={page} />}</PersonalPage>
}

export interface Refusal {
  text: string | null
  fields: FieldError[]
}

const NONE: Refusal = { text: null, fields: [] }

function Opened({ loaded, page }: { loaded: HttpAnswer<Draft>; page: string | null }) {
  const [refusal, setRefusal] = useState<Refusal>(NONE)
  const [asking, setAsking] = useState(false)
  const submit = useSubmit()
  const refused = (error: unknown): void => {
    setRefusal(refusalOf(error))
    submit.refuse()
  }
  const form = loaded.data.service.form
  const onScreen = useDraft(loaded, page ?? form.pages[0]?.id ?? '', refused)
  const { draft, answers, conflict } = onScreen
  const pages = visiblePages(form, answers)
  const resumed = page ?? (draft.page === CHECK || pages.some(({ id }) => id === draft.page) ? draft.page : pages[0]?.id) ?? ''
  useEffect(() => {
    if (page === null) void navigate(`/drafts/${draft.draft_id}/${resumed}`, { replace: true })
  }, [page])
  useEffect(() => setRefusal(NONE), [page])

  const position = resumed === CHECK ? pages.length : pages.findIndex(({ id }) => id === resumed)
  const shown = pages[position]
  if (resumed !== CHECK && !shown) return <NotFoundScreen />
  const back = position > 0 ? `/drafts/${draft.draft_id}/${pages[position - 1]!.id}` : `/services/${draft.service_id}`
  const removed = (how: Removal): void => {
    onScreen.giveUp()
    noteRemoved(draft, how)
    void navigate('/home')
  }
  const leave = (): void =>
    void submit.run(async () => {
      if (await onScreen.save(resumed)) await navigate('/home')
    }, refused)
  return (
    <Main>
      <Width>
        {conflict ? (
          <ConflictPanel
            base={onScreen.base}
            mine={answers}
            current={conflict.current}
            busy={submit.busy}
            onChosen={(chosen) => void submit.run(async () => void (await onScreen.resolve(chosen, resumed)), refused)}
          />
        ) : (
          <>
            <BackLink to={back} />
            {shown ? (
              <FormPageView
                key={`${shown.id} ${onScreen.revision}`}
                onScreen={onScreen}
                page={shown}
                step={position + 1}
                steps={pages.length + 1}
                next={pages[position + 1]?.id ?? CHECK}
                refusal={refusal}
                onRefusal={(next) => {
                  setRefusal(next)
                  submit.refuse()
                }}
                submit={submit}
                refused={refused}
                onLeave={leave}
                onDelete={() => setAsking(true)}
              />
            ) : (
              <CheckPage key={onScreen.revision} onScreen={onScreen} pages={pages} onLeave={leave} onDelete={() => setAsking(true)} />
            )}
          </>
        )}
        {asking && <DeleteDialog load={async () => onScreen.asTyped()} onClose={() => setAsking(false)} onRemoved={removed} />}
        {onScreen.signedIn.asked && <SignInDialog {...onScreen.signedIn.asked} />}
      </Width>
    </Main>
  )
}

export function refusalOf(error: unknown): Refusal {
  if (isProblem(error, 'not-found')) return { text: t('draft.gone'), fields: [] }
  const fields = error instanceof Problem ? error.errors : []
  return { text: fields.length > 0 ? null : `${failureText(error)} ${t('draft.kept')}`, fields }
}
